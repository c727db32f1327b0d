//! Cost of brand progress, and its robustness against attacks.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use crate::brand::{At, Config, ProgressModel};
use crate::cli::CliError;
use crate::integrity::{campaigns::Campaigns, suspicion};
use crate::lab::evaluate::robustness::{Moved, Plan, apply, fold, quantile, robustness};
use crate::lab::simulate::brands::BrandConfig;
use crate::state::{ReviewIx, SellerIx};

/// Threads of a computation from scratch.
const THREADS: usize = 2;
/// Sellers to compute after a batch.
const TOUCHED: u32 = 2000;
/// Markets with attacks, sellers of each, and attacked sellers.
const ATTACKED_MARKETS: u64 = 4;
const ATTACKED_MARKET: u32 = 400;
const TARGETS: usize = 60;
const AT_ONCE: usize = 6;

pub(super) fn run(sellers: u32, file: Option<&Path>) -> Result<(), CliError> {
    let cost = cost(sellers)?;
    let moved = attacked()?;
    print_moved(&moved);
    if let Some(file) = file {
        let figures = json!({ "cost": cost, "robustness": moved });
        std::fs::write(file, serde_json::to_string_pretty(&figures)? + "\n")
            .map_err(|error| format!("--json {}: {error}", file.display()))?;
    }
    Ok(())
}

/// Runs the attacks in all markets.
fn attacked() -> Result<Vec<Moved>, String> {
    let mut all: Vec<Moved> = Vec::new();
    for seed in 1..=ATTACKED_MARKETS {
        let changes = robustness(&Plan {
            market: BrandConfig::sized(seed, ATTACKED_MARKET),
            targets: TARGETS,
            at_once: AT_ONCE,
            threads: THREADS,
        })?;
        if all.is_empty() {
            all = changes;
        } else {
            for (held, one) in all.iter_mut().zip(changes) {
                held.merge(one);
            }
        }
    }
    Ok(all)
}

/// Measures computing all sellers, and some sellers after a batch.
fn cost(sellers: u32) -> Result<Value, CliError> {
    let market = BrandConfig {
        months: 12,
        orders: 4.0,
        ..BrandConfig::sized(2, sellers)
    };
    let started = Instant::now();
    let mut folded = fold(market)?;
    let state = &folded.state;
    print_line!(
        "simulated market: {sellers} sellers, {} events, folded in {:.0} s",
        folded.events,
        started.elapsed().as_secs_f64()
    );
    let started = Instant::now();
    let campaigns = Campaigns::find(state);
    let searched = started.elapsed().as_secs_f64();
    let config = Arc::new(Config::default());
    let doubt = |row: ReviewIx| suspicion(state, &campaigns, row);
    let started = Instant::now();
    let mut held =
        ProgressModel::compute(At { state, sequence: 1 }, &config, &doubt, THREADS, &|| {
            true
        })
        .ok_or("it was stopped")?;
    let scratch = started.elapsed().as_secs_f64();
    print_line!("campaigns searched in               {searched:>8.1} s");
    print_line!("progress of all from scratch        {scratch:>8.1} s on {THREADS} threads");
    print_line!(
        "  a seller                          {:>8.3} ms of one thread",
        scratch * 1e3 * THREADS as f64 / f64::from(sellers)
    );
    // One batch with an order for each of some sellers.
    let touched: Vec<usize> = (0..TOUCHED.min(sellers) as usize).collect();
    for seller in &touched {
        let one = crate::lab::simulate::brands::Attack::BrushingOrders(1);
        let events = crate::lab::simulate::brands::attack(&mut folded.market, *seller, one);
        apply(&mut folded.state, events)?;
    }
    let state = &folded.state;
    let doubt = |row: ReviewIx| suspicion(state, &campaigns, row);
    let stale: Vec<SellerIx> = held.stale(state).collect();
    let started = Instant::now();
    held.update(At { state, sequence: 2 }, &stale, &doubt);
    let update = started.elapsed().as_secs_f64() * 1e3 / stale.len().max(1) as f64;
    print_line!(
        "update after a batch                {update:>8.3} ms a seller touched ({})\n",
        stale.len()
    );
    Ok(json!({
        "sellers": sellers,
        "events": folded.events,
        "campaign_seconds": searched,
        "scratch_seconds": scratch,
        "threads": THREADS,
        "update_ms_per_seller": update,
    }))
}

fn print_moved(moved: &[Moved]) {
    print_line!(
        "what moves an index of 0 to 100, in points; {TARGETS} simulated sellers of all sizes of each of {ATTACKED_MARKETS} markets"
    );
    print_line!(
        "within 1: moved by at most a point; held: the index before lies in the 90 % interval after"
    );
    print_line!(
        "                                             clean: worst    5 %   50 %   95 %  within 1  held   raw: 5 %   95 %  fragile"
    );
    for one in moved {
        let of = |values: &[f64], share| quantile(values, share);
        print_line!(
            "{:>6} {:<42} {:>6.2} {:>6.2} {:>6.2} {:>6.2}     {:>5.0} %  {:>4}   {:>6.2} {:>6.2}  {}/{}",
            one.size,
            one.attack,
            one.worst(),
            of(&one.clean, 0.05),
            of(&one.clean, 0.5),
            of(&one.clean, 0.95),
            one.within_a_point() * 100.0,
            one.held,
            of(&one.raw, 0.05),
            of(&one.raw, 0.95),
            one.fragile.0,
            one.fragile.1
        );
    }
}
