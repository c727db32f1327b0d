//! Plays kinds of scene with several seeds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde::Serialize;

use super::background::Background;
use super::kinds::{Kind, Side};
use super::measure::{self, HonestFigures, TwinFigures};
use super::stage::Stage;

/// Threads; each plays seeds of its own.
const THREADS: usize = 2;

/// A measurement.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Kinds to play.
    pub kinds: Vec<&'static Kind>,
    /// First seed.
    pub from: u64,
    /// Number of seeds.
    pub seeds: u64,
    /// Middle number of reviews of the market around a scene.
    pub reviews: u64,
}

/// Figures of one kind with one seed.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// The seed.
    pub seed: u64,
    /// The honest scene.
    pub honest: HonestFigures,
    /// Its twin.
    pub twin: TwinFigures,
}

/// Figures of one kind with all seeds.
#[derive(Clone, Debug)]
pub struct Row {
    /// The kind.
    pub kind: &'static Kind,
    /// By seed.
    pub figures: Vec<Figures>,
}

/// Plays all kinds with all seeds, in the order of the plan.
pub fn run(plan: &Plan) -> Result<Vec<Row>, String> {
    let next = AtomicU64::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= plan.seeds {
                break;
            }
            let played = play(plan, plan.from + seed);
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((seed, played));
        }
    };
    thread::scope(|scope| {
        for _ in 1..THREADS {
            // Without a second thread this one does all the work.
            let name = "honest-scenes".to_owned();
            let _ = thread::Builder::new().name(name).spawn_scoped(scope, work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(seed, _)| *seed);
    let mut rows: Vec<Row> = plan
        .kinds
        .iter()
        .map(|kind| Row {
            kind,
            figures: Vec::new(),
        })
        .collect();
    for (_, played) in done {
        for (row, figures) in rows.iter_mut().zip(played?) {
            row.figures.push(figures);
        }
    }
    Ok(rows)
}

/// Plays all kinds on the market of one seed.
fn play(plan: &Plan, seed: u64) -> Result<Vec<Figures>, String> {
    let ground = Background::of(seed, plan.reviews)?;
    let one = |kind: &&'static Kind| -> Result<Figures, String> {
        let (roles, served) = stage(&ground, kind, Side::Honest)?;
        let honest = measure::honest(&ground, &served, &roles);
        let (roles, served) = stage(&ground, kind, Side::Twin)?;
        let twin = measure::twin(&ground, &served, &roles);
        Ok(Figures { seed, honest, twin })
    };
    plan.kinds.iter().map(one).collect()
}

/// Plays one side of a kind.
fn stage(
    ground: &Background,
    kind: &Kind,
    side: Side,
) -> Result<(super::roles::Roles, super::background::Served), String> {
    let mut stage = Stage::new(ground, kind.name);
    (kind.play)(&mut stage, side);
    let mut scene = stage.scene;
    let roles = std::mem::take(&mut scene.roles);
    let served = ground.served(scene);
    Ok((
        roles,
        served.map_err(|error| format!("{}: {error}", kind.name))?,
    ))
}
