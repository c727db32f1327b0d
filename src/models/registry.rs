//! Model registry: the versions of a service, and which of them score.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

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

/// A version that scores; none is the program's own model, which needs no labels.
#[derive(Clone, Debug, Default)]
pub struct Scorer(Option<Arc<Version>>);

impl Scorer {
    /// The correction of the corpus detector; none for the program's own model.
    pub fn learned(&self) -> Option<&Learned> {
        self.0.as_ref().map(|version| &version.learned)
    }

    /// The version's name, as assessments state it.
    pub fn name(&self) -> &str {
        self.learned()
            .map_or(MODEL_VERSION, |learned| &learned.name)
    }

    /// Whether a verdict was among those that the version was fitted from in this service.
    pub fn trained_on(&self, judged: &Judged) -> bool {
        match self.0.as_ref().map(|version| version.origin) {
            Some(Origin::Fitted { log_sequence }) => judged.log_sequence <= log_sequence,
            Some(Origin::Imported) | None => false,
        }
    }

    fn named(&self) -> Named {
        let learned = self.learned();
        learned.map_or(Named::BuiltIn, |learned| {
            Named::Learned(learned.name.clone())
        })
    }
}

/// A version in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// The version; none for the program's own model, and for a version that cannot be read.
    pub version: Option<Arc<Version>>,
    /// Why it cannot be used; none if it can.
    pub fault: Option<String>,
    /// Whether assessments use it.
    pub active: bool,
    /// Whether it is the shadow.
    pub shadow: bool,
}

/// A known version, or why it cannot be used.
type Entry = Result<Arc<Version>, String>;

#[derive(Clone)]
struct Inner {
    index: Index,
    /// In the order of the index.
    entries: Vec<Entry>,
}

/// All versions of a service. Changes are durable before they are visible.
pub struct Registry {
    store: Arc<dyn Store>,
    inner: Mutex<Inner>,
    active: ArcSwap<Scorer>,
    /// Held by a fit or a comparison.
    exclusive: Mutex<()>,
}

impl Registry {
    /// Reads the versions of a store. A version that cannot be used is listed with the reason. If it
    /// is the active one, the program's own model scores in its place until another is activated.
    pub fn open(store: Arc<dyn Store>) -> Result<Self, ModelsError> {
        let index = load_index(store.as_ref())?;
        let mut entries = Vec::new();
        for name in &index.names {
            let entry = load(store.as_ref(), name)?;
            if let Err(fault) = &entry {
                report(name, fault, index.active == Named::Learned(name.clone()));
            }
            entries.push(entry.map(Arc::new));
        }
        let inner = Inner { index, entries };
        Ok(Self {
            store,
            active: ArcSwap::from_pointee(inner.active()),
            inner: Mutex::new(inner),
            exclusive: Mutex::default(),
        })
    }

    /// The version that assessments use.
    pub fn active(&self) -> Arc<Scorer> {
        self.active.load_full()
    }

    /// The version that is compared with the active one.
    pub fn shadow(&self) -> Result<Scorer, ModelsError> {
        let inner = self.inner();
        let shadow = inner.index.shadow.as_ref().ok_or(ModelsError::NoShadow)?;
        inner.find(shadow.name())
    }

    /// Lists all versions: the active one first, then the newest first.
    pub fn list(&self) -> Vec<Listed> {
        let inner = self.inner();
        let active = self.active();
        let shadow = inner.index.shadow.as_ref().map(Named::name);
        let listed = |name: &str, entry: Option<&Entry>| Listed {
            name: name.to_owned(),
            version: entry.and_then(|entry| entry.clone().ok()),
            fault: entry.and_then(|entry| entry.clone().err()),
            active: name == active.name(),
            shadow: Some(name) == shadow,
        };
        let learned = inner.index.names.iter().zip(&inner.entries).rev();
        let mut all: Vec<Listed> = learned
            .map(|(name, entry)| listed(name, Some(entry)))
            .chain([listed(MODEL_VERSION, None)])
            .collect();
        // A stable sort.
        all.sort_by_key(|version| !version.active);
        all
    }

    /// A version of the list.
    pub fn listed(&self, name: &str) -> Result<Listed, ModelsError> {
        let listed = self.list().into_iter().find(|listed| listed.name == name);
        listed.ok_or_else(|| ModelsError::Unknown(name.to_owned()))
    }

    /// Keeps a version, inactive. A known version stays as it is, unless it could not be used.
    pub fn add(&self, version: Version) -> Result<Listed, ModelsError> {
        let name = version.learned.name.clone();
        self.change(|inner| {
            let known = inner.index_of(&name);
            if known.is_none() && inner.entries.len() >= VERSIONS_MAX {
                return Err(ModelsError::Full(VERSIONS_MAX));
            }
            match known {
                Some(known) if inner.entries[known].is_ok() => {}
                Some(known) => {
                    save(self.store.as_ref(), &version)?;
                    inner.entries[known] = Ok(Arc::new(version));
                }
                None => {
                    save(self.store.as_ref(), &version)?;
                    inner.index.names.push(name.clone());
                    inner.entries.push(Ok(Arc::new(version)));
                }
            }
            Ok(())
        })?;
        self.listed(&name)
    }

    /// Activates a version. A shadow that becomes active is no longer the shadow.
    pub fn activate(&self, name: &str) -> Result<(), ModelsError> {
        self.change(|inner| inner.activate(name))
    }

    /// Activates the version that was active before the active one.
    pub fn roll_back(&self) -> Result<(), ModelsError> {
        self.change(|inner| {
            let previous = inner.index.before.last().cloned();
            inner.activate(previous.ok_or(ModelsError::NothingBefore)?.name())
        })
    }

    /// Sets the version that is compared with the active one; none to compare nothing.
    pub fn set_shadow(&self, name: Option<&str>) -> Result<(), ModelsError> {
        self.change(|inner| {
            let shadow = name.map(|name| inner.find(name)).transpose()?;
            inner.index.shadow = shadow.as_ref().map(Scorer::named);
            if inner.index.shadow.as_ref() == Some(&inner.index.active) {
                return Err(in_use(inner.index.active.name(), "is the active one"));
            }
            Ok(())
        })
    }

    /// Deletes a version that is neither active nor the shadow.
    pub fn delete(&self, name: &str) -> Result<(), ModelsError> {
        let named = Named::Learned(name.to_owned());
        self.change(|inner| {
            if name == MODEL_VERSION {
                return Err(in_use(name, "is part of the program"));
            }
            if inner.index.active == named {
                return Err(in_use(name, "is the active one"));
            }
            if inner.index.shadow.as_ref() == Some(&named) {
                return Err(in_use(name, "is the shadow"));
            }
            let known = inner
                .index_of(name)
                .ok_or_else(|| ModelsError::Unknown(name.to_owned()))?;
            inner.index.names.remove(known);
            inner.index.before.retain(|before| *before != named);
            drop(inner.entries.remove(known));
            Ok(())
        })?;
        // Nobody finds it any more without its name in the index.
        drop_version(self.store.as_ref(), name)?;
        Ok(())
    }

    /// Reserves the one fit or comparison that may run at a time.
    pub fn exclusive(&self) -> Result<MutexGuard<'_, ()>, ModelsError> {
        match self.exclusive.try_lock() {
            Ok(guard) => Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => Err(ModelsError::Busy),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A change replaces the whole, so that a panic leaves no half of it.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the versions: all or nothing, and durable before it is visible.
    fn change(
        &self,
        change: impl FnOnce(&mut Inner) -> Result<(), ModelsError>,
    ) -> Result<(), ModelsError> {
        let mut inner = self.inner();
        let mut next = inner.clone();
        change(&mut next)?;
        if next.index != inner.index {
            save_index(self.store.as_ref(), &next.index)?;
        }
        self.active.store(Arc::new(next.active()));
        *inner = next;
        Ok(())
    }
}

impl Inner {
    fn index_of(&self, name: &str) -> Option<usize> {
        self.index.names.iter().position(|known| known == name)
    }

    fn find(&self, name: &str) -> Result<Scorer, ModelsError> {
        if name == MODEL_VERSION {
            return Ok(Scorer::default());
        }
        match self.index_of(name).map(|known| &self.entries[known]) {
            None => Err(ModelsError::Unknown(name.to_owned())),
            Some(Ok(version)) => Ok(Scorer(Some(Arc::clone(version)))),
            Some(Err(why)) => Err(ModelsError::Unusable {
                name: name.to_owned(),
                why: why.clone(),
            }),
        }
    }

    /// The active version, or the program's own model where it cannot be used.
    fn active(&self) -> Scorer {
        self.find(self.index.active.name()).unwrap_or_default()
    }

    fn activate(&mut self, name: &str) -> Result<(), ModelsError> {
        let named = self.find(name)?.named();
        let index = &mut self.index;
        if named != index.active {
            index.before = vec![std::mem::replace(&mut index.active, named)];
            index.shadow.take_if(|shadow| *shadow == index.active);
        }
        Ok(())
    }
}

fn in_use(name: &str, role: &'static str) -> ModelsError {
    ModelsError::InUse {
        name: name.to_owned(),
        role,
    }
}

/// Logs a version that cannot be used: as an error only if it should score.
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

#[cfg(test)]
mod tests;
