//! Events and subjects, valid by construction.
