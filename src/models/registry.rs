//! Which versions there are, and which of them score.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use super::record::{
    Index, Named, Origin, Version, drop_version, load, load_index, save, save_index,
};
use super::{Judged, ModelsError};
use crate::integrity::MODEL_VERSION;
use crate::integrity::learn::Learned;
use crate::store::Store;

/// Most learned versions that are kept.
const VERSIONS_MAX: usize = 64;
/// Most steps that can be rolled back.
const STEPS_BACK_MAX: usize = 32;

/// What scores.
#[derive(Clone, Debug, Default)]
pub enum Scorer {
    /// The program's own model, which needs no labels.
    #[default]
    BuiltIn,
    /// A learned version.
    Learned(Arc<Version>),
}

impl Scorer {
    /// What corrects the detector; none for the program's own model.
    pub fn learned(&self) -> Option<&Learned> {
        match self {
            Self::BuiltIn => None,
            Self::Learned(version) => Some(&version.learned),
        }
    }

    /// The version, as assessments name it.
    pub fn name(&self) -> &str {
        self.learned()
            .map_or(MODEL_VERSION, |learned| &learned.name)
    }
}

/// What scores now. Changes are numbered from 0, the start.
#[derive(Clone, Debug, Default)]
pub struct Scoring {
    /// What assessments rest on.
    pub active: Scorer,
    /// What scores beside it, for comparison only.
    pub shadow: Option<Scorer>,
    /// How often this has changed since the start.
    pub change: u64,
}

/// A version in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// The version; none for the program's own, and for one that cannot be read.
    pub version: Option<Arc<Version>>,
    /// Why it cannot be used; none if it can.
    pub fault: Option<String>,
    /// Whether assessments rest on it.
    pub active: bool,
    /// Whether it scores beside the active one.
    pub shadow: bool,
}

/// Says what is wrong with a version: an error only where it should score.
fn report(name: &str, fault: &str, active: bool) {
    if active {
        tracing::error!(
            name,
            fault,
            "the active model version cannot be used, and the program's own model scores: activate \
             another (goodstanding models activate), or import or fit this one anew"
        );
    } else {
        tracing::warn!(
            name,
            fault,
            "an inactive model version cannot be used: import or fit it anew, or delete it \
             (goodstanding models delete)"
        );
    }
}

/// A version that is known, or why it cannot be used.
type Held = Result<Arc<Version>, String>;

struct Inner {
    index: Index,
    /// In the order of the index.
    held: Vec<Held>,
}

/// All versions of a service. Changes are durable before they are seen.
pub struct Registry {
    store: Arc<dyn Store>,
    inner: Mutex<Inner>,
    scoring: ArcSwap<Scoring>,
    // Held by a fit or a measurement.
    alone: Mutex<()>,
}

impl Registry {
    /// Reads what the store holds. A version that cannot be used is listed with the reason; if it
    /// is the active one, the program's own model scores in its place until another is activated.
    pub fn open(store: Arc<dyn Store>) -> Result<Self, ModelsError> {
        let index = load_index(store.as_ref())?;
        let mut held = Vec::new();
        for name in &index.names {
            held.push(load(store.as_ref(), name)?.map(Arc::new));
        }
        let inner = Inner { index, held };
        for (name, held) in inner.index.names.iter().zip(&inner.held) {
            if let Err(fault) = held {
                report(
                    name,
                    fault,
                    inner.index.active == Named::Learned(name.clone()),
                );
            }
        }
        let scoring = ArcSwap::from_pointee(inner.scoring(0));
        Ok(Self {
            store,
            inner: Mutex::new(inner),
            scoring,
            alone: Mutex::default(),
        })
    }

    /// What scores now.
    pub fn scoring(&self) -> Arc<Scoring> {
        self.scoring.load_full()
    }

    /// All versions: the active one first, then the newest first.
    pub fn list(&self) -> Vec<Listed> {
        let inner = self.inner();
        let scoring = self.scoring.load();
        let shadow = scoring.shadow.as_ref().map(Scorer::name);
        let listed = |name: &str, held: Option<&Held>| Listed {
            name: name.to_owned(),
            version: held.and_then(|held| held.as_ref().ok()).map(Arc::clone),
            fault: held.and_then(|held| held.as_ref().err()).cloned(),
            active: name == scoring.active.name(),
            shadow: Some(name) == shadow,
        };
        let learned = inner.index.names.iter().zip(&inner.held).rev();
        let mut all: Vec<Listed> = learned
            .map(|(name, held)| listed(name, Some(held)))
            .chain([listed(MODEL_VERSION, None)])
            .collect();
        // A stable sort.
        all.sort_by_key(|version| !version.active);
        all
    }

    /// A version by its name.
    pub fn find(&self, name: &str) -> Result<Scorer, ModelsError> {
        self.inner().find(name)
    }

    /// Keeps a version, inactive; one that is known already stays as it is, unless it could not be
    /// used. Says how it is listed.
    pub fn add(&self, version: Version) -> Result<Listed, ModelsError> {
        let mut inner = self.inner();
        let name = version.learned.name.clone();
        let known = inner.place(&name);
        if known.is_none_or(|place| inner.held[place].is_err()) {
            if known.is_none() && inner.index.names.len() >= VERSIONS_MAX {
                return Err(ModelsError::Full(VERSIONS_MAX));
            }
            save(self.store.as_ref(), &version)?;
            let version = Arc::new(version);
            if let Some(place) = known {
                inner.held[place] = Ok(version);
                self.publish(&inner);
            } else {
                let mut index = inner.index.clone();
                index.names.push(name.clone());
                save_index(self.store.as_ref(), &index)?;
                inner.index = index;
                inner.held.push(Ok(version));
            }
        }
        drop(inner);
        let found = self.list().into_iter().find(|listed| listed.name == name);
        found.ok_or(ModelsError::Unknown(name))
    }

    /// Makes a version the active one, and says what scores then. One that is active already
    /// changes nothing; a shadow that becomes active is a shadow no longer.
    pub fn activate(&self, name: &str) -> Result<Arc<Scoring>, ModelsError> {
        self.change(|inner| {
            let named = inner.find(name)?.named();
            if named != inner.index.active {
                inner.index.before.push(inner.index.active.clone());
                let excess = inner.index.before.len().saturating_sub(STEPS_BACK_MAX);
                inner.index.before.drain(..excess);
                inner.activate(named);
            }
            Ok(())
        })
    }

    /// Makes the version active that was before the active one.
    pub fn roll_back(&self) -> Result<Arc<Scoring>, ModelsError> {
        self.change(|inner| {
            let Some(before) = inner.index.before.pop() else {
                return Err(ModelsError::NothingBefore);
            };
            if let Named::Learned(name) = &before {
                inner.find(name)?;
            }
            inner.activate(before);
            Ok(())
        })
    }

    /// Lets a version score beside the active one, for comparison.
    pub fn set_shadow(&self, name: &str) -> Result<Arc<Scoring>, ModelsError> {
        self.change(|inner| {
            let named = inner.find(name)?.named();
            if named == inner.index.active {
                let (name, role) = (name.to_owned(), "is the active one");
                return Err(ModelsError::InUse { name, role });
            }
            inner.index.shadow = Some(named);
            Ok(())
        })
    }

    /// Lets nothing score beside the active version.
    pub fn clear_shadow(&self) -> Result<Arc<Scoring>, ModelsError> {
        self.change(|inner| {
            inner.index.shadow = None;
            Ok(())
        })
    }

    /// Forgets a version that is neither active nor the shadow. Rolling back passes over it.
    pub fn delete(&self, name: &str) -> Result<(), ModelsError> {
        let named = Named::Learned(name.to_owned());
        self.change(|inner| {
            let place = inner.place(name);
            let role = if name == MODEL_VERSION {
                "is part of the program"
            } else if inner.index.active == named {
                "is the active one"
            } else if inner.index.shadow.as_ref() == Some(&named) {
                "is the shadow"
            } else {
                let place = place.ok_or_else(|| ModelsError::Unknown(name.to_owned()))?;
                inner.index.names.remove(place);
                drop(inner.held.remove(place));
                let index = &mut inner.index;
                index.before.retain(|before| *before != named);
                index.before.dedup();
                index.before.pop_if(|last| *last == index.active);
                return Ok(());
            };
            let name = name.to_owned();
            Err(ModelsError::InUse { name, role })
        })?;
        // Without its place in the list nobody finds it any more.
        drop_version(self.store.as_ref(), name)?;
        Ok(())
    }

    /// Takes the place of the one fit or measurement that may run.
    pub fn alone(&self) -> Result<MutexGuard<'_, ()>, ModelsError> {
        match self.alone.try_lock() {
            Ok(guard) => Ok(guard),
            Err(std::sync::TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(std::sync::TryLockError::WouldBlock) => Err(ModelsError::Busy),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // What is changed is a copy, taken over whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the list: all or nothing, durable before it is seen.
    fn change(
        &self,
        change: impl FnOnce(&mut Inner) -> Result<(), ModelsError>,
    ) -> Result<Arc<Scoring>, ModelsError> {
        let mut inner = self.inner();
        let mut next = Inner {
            index: inner.index.clone(),
            held: inner.held.clone(),
        };
        change(&mut next)?;
        if next.index != inner.index {
            save_index(self.store.as_ref(), &next.index)?;
            *inner = next;
            self.publish(&inner);
        }
        Ok(self.scoring())
    }

    fn publish(&self, inner: &Inner) {
        let change = self.scoring.load().change + 1;
        self.scoring.store(Arc::new(inner.scoring(change)));
    }
}

impl Inner {
    fn place(&self, name: &str) -> Option<usize> {
        self.index.names.iter().position(|known| known == name)
    }

    fn find(&self, name: &str) -> Result<Scorer, ModelsError> {
        if name == MODEL_VERSION {
            return Ok(Scorer::BuiltIn);
        }
        let held = self.place(name).and_then(|place| self.held.get(place));
        match held {
            None => Err(ModelsError::Unknown(name.to_owned())),
            Some(Ok(version)) => Ok(Scorer::Learned(Arc::clone(version))),
            Some(Err(why)) => Err(ModelsError::Unusable {
                name: name.to_owned(),
                why: why.clone(),
            }),
        }
    }

    fn activate(&mut self, named: Named) {
        if self.index.shadow.as_ref() == Some(&named) {
            self.index.shadow = None;
        }
        self.index.active = named;
    }

    fn scoring(&self, change: u64) -> Scoring {
        let scorer = |named: &Named| match named {
            Named::BuiltIn => Some(Scorer::BuiltIn),
            Named::Learned(name) => self.find(name).ok(),
        };
        Scoring {
            active: scorer(&self.index.active).unwrap_or_default(),
            shadow: self.index.shadow.as_ref().and_then(scorer),
            change,
        }
    }
}

impl Scorer {
    /// Whether a verdict was among what the version was fitted from in this service.
    pub fn trained_on(&self, judged: &Judged) -> bool {
        let Self::Learned(version) = self else {
            return false;
        };
        match version.origin {
            Origin::Imported => false,
            Origin::Fitted { log_sequence } => judged.log_sequence <= log_sequence,
        }
    }

    /// Whether nobody here knows what it was trained on.
    pub fn is_imported(&self) -> bool {
        matches!(self, Self::Learned(version) if version.origin == Origin::Imported)
    }

    fn named(&self) -> Named {
        let name = self.learned().map(|learned| learned.name.clone());
        name.map_or(Named::BuiltIn, Named::Learned)
    }
}

#[cfg(test)]
mod tests;
