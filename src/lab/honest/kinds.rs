//! The kinds of scene.

use super::stage::Stage;
use super::{complaints, demand, imports, markets, people};

/// Which of the two is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Nobody manipulates.
    Honest,
    /// Somebody makes it look like the honest scene.
    Twin,
}

/// Facts that separate a scene from its twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// These facts do.
    By(&'static str),
    /// Nothing that a platform sends does, for this reason: the answer has to abstain.
    Alike(&'static str),
}

/// A kind of scene.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name on the command line.
    pub name: &'static str,
    /// What separates the two sides.
    pub apart: Apart,
    pub(super) play: fn(&mut Stage<'_>, Side),
}

impl Kind {
    /// Whether no fact separates the two sides.
    pub const fn is_alike(&self) -> bool {
        matches!(self.apart, Apart::Alike(_))
    }
}

macro_rules! kind {
    ($module:ident :: $name:ident, $apart:expr) => {
        Kind {
            name: stringify!($name),
            apart: $apart,
            play: $module::$name,
        }
    };
}

/// Orders of the same accounts before their reviews.
const ORDERS: Apart = Apart::By("most authors ordered before; few of the twin's did");

const KINDS: &[Kind] = &[
    kind!(
        demand::launch,
        Apart::By("the twin's authors meet on other listings, and some texts name the reward")
    ),
    kind!(
        demand::crowdfunding,
        Apart::By("most authors ordered months before; few of the twin's did")
    ),
    kind!(demand::viral_video, ORDERS),
    kind!(demand::celebrity, ORDERS),
    kind!(demand::season, ORDERS),
    kind!(demand::sale_day, ORDERS),
    kind!(demand::restock, ORDERS),
    kind!(
        demand::review_request,
        Apart::By("half of the twin's texts name the reward, and its stars are all high")
    ),
    kind!(
        demand::happy_mail,
        Apart::Alike("nothing shows which buyers were asked")
    ),
    kind!(complaints::recall, ORDERS),
    kind!(complaints::bad_batch, ORDERS),
    kind!(
        complaints::price_error,
        Apart::By("the authors have cancelled orders; hardly one of the twin's has an order")
    ),
    kind!(
        complaints::courier_strike,
        Apart::By("many sellers are hit at once, by people who ordered; in the twin one seller")
    ),
    kind!(
        complaints::controversy,
        Apart::By("both sides write, from known accounts; the twin is one-sided and copied")
    ),
    kind!(
        complaints::app_update,
        Apart::By("half of the authors are known; most of the twin's are thrown away")
    ),
    kind!(
        complaints::unknown_buyers,
        Apart::Alike("the market shares no orders, and the attack uses accounts like any other")
    ),
    kind!(
        imports::migration,
        Apart::By("the texts differ; the twin's are copies of two scripts by new accounts")
    ),
    kind!(
        imports::undated_import,
        Apart::By("the texts differ; the twin's are copies of a script by new accounts")
    ),
    kind!(
        imports::syndication,
        Apart::By(
            "the same words stand, with the same second, in the brand's shop, where the authors ordered"
        )
    ),
    kind!(
        imports::variants,
        Apart::By("a repeated text has one author and one second; in the twin many authors")
    ),
    kind!(
        imports::double_delivery,
        Apart::By("a repeated text has one author and one second; in the twin many authors")
    ),
    kind!(
        imports::listing_merged,
        Apart::By("the page keeps its category, and its buyers what they say of it")
    ),
    kind!(
        people::business_buyer,
        Apart::By("the author ordered what it reviews; the twin's ordered nothing")
    ),
    kind!(
        people::family,
        Apart::By("the authors ordered what they review; the twin's ordered nothing")
    ),
    kind!(
        people::fan_base,
        Apart::By("fans keep to one brand and order; the twin's club serves several sellers")
    ),
    kind!(
        people::shared_names,
        Apart::By(
            "a shared name is on many sellers' pages and ordered; the twin's on one seller's"
        )
    ),
    kind!(
        people::sampling_programme,
        Apart::By(
            "testers serve many sellers, with mild stars, and say so; the twin's two, and hide it"
        )
    ),
    kind!(
        markets::small_language,
        Apart::By("the twin's authors ordered little, mostly write nothing else and copy a script")
    ),
    kind!(
        markets::no_purchase_flag,
        Apart::By("the twin's authors mostly write nothing else and copy a script, in one burst")
    ),
    kind!(
        markets::monthly_batches,
        Apart::By("the twin's authors mostly write nothing else and copy a script, in one batch")
    ),
];

/// Returns all kinds.
pub const fn kinds() -> &'static [Kind] {
    KINDS
}

/// Finds a kind by its name.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
