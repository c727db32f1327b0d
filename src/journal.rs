//! The log: framing, group commit, recovery, poison.
