//! Figures as text and as JSON.

use serde_json::{Value, json};

use crate::stats::population::{Figure, Order};

pub(super) fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("{value:.3}"))
}

fn figure(figure: &Figure) -> String {
    let value = shown(figure.value);
    match figure.interval {
        Some(interval) => format!("{value} [{:.3}, {:.3}]", interval.low, interval.high),
        None => value,
    }
}

/// Formats a row of a table: average precision, area under the ROC curve, and share of ties.
pub(super) fn order_line(name: &str, order: &Order) -> String {
    let (ap, auc) = (figure(&order.ap), figure(&order.auc));
    let tied = 100.0 * order.tied_share;
    format!("{name:<18} {ap} / {auc}, {tied:.1} % tied")
}

pub(super) fn order_json(order: &Order) -> Value {
    let interval = |figure: &Figure| figure.interval.map(|i| [i.low, i.high]);
    json!({
        "ap": order.ap.value,
        "ap_interval": interval(&order.ap),
        "auc": order.auc.value,
        "auc_interval": interval(&order.auc),
        "tied_share": order.tied_share,
    })
}
