//! Reasons for and against a campaign: their stable codes and the question that each answers.

/// The question that a reason answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether the campaign was organised, against a burst that came by itself.
    Coordination,
    /// Whether a rival planted positive reviews to get the listing punished, against
    /// self-promotion.
    ReverseBrushing,
    /// Whether the platform made it: copied catalogues, merged variations, migrated reviews, or free
    /// copies that it hands out itself.
    Artefact,
}

/// One kind of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// Other listings were busy in the same days.
    OthersBusy,
    /// Chance makes such a burst now and then.
    Chance,
    /// Reviews are the only ones of their authors.
    OneTimeAuthors,
    /// Reviews come without a confirmed purchase.
    Unverified,
    /// Reviews share their wording with others.
    Copied,
    /// Reviews have 1 or 5 stars.
    Extreme,
    /// The platform took reviews down.
    Removed,
    /// Authors have no known order of the listing.
    NoOrders,
    /// Sales rose at about the same time.
    SalesRise,
    /// Reviews of both polarities came at once.
    BothSides,
    /// Few critical reviews came beside the positive ones.
    Purity,
    /// The authors' other reviews are in other bursts.
    AuthorsInOtherBursts,
    /// The authors meet on other listings.
    AuthorsMeet,
    /// The authors also wrote in bursts on listings of the same seller.
    SameSeller,
    /// The authors also wrote in bursts on listings of rivals.
    ServesRivals,
    /// The listing hardly needs more positive reviews.
    NoMotive,
    /// Many reviews were taken down.
    Clumsy,
    /// Reviews have the same words and second on another listing.
    Cloned,
    /// Reviews are older than their listing.
    PredatesListing,
    /// Reviews disclose an incentive.
    Disclosed,
    /// Reviews share their second.
    Simultaneous,
    /// A platform's sampling program looks like this too.
    SamplingProgram,
    /// The page changed its category and title.
    BecameAnother,
    /// Few listings of the marketplace became another product.
    TurnsAreRare,
    /// A page is changed by those who run it.
    OwnPage,
    /// Many listings of the marketplace became another product.
    ManyTurned,
}

impl Factor {
    /// Stable code, such as `campaign.one_time_authors`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OthersBusy => "campaign.others_busy",
            Self::Chance => "campaign.chance",
            Self::OneTimeAuthors => "campaign.one_time_authors",
            Self::Unverified => "campaign.unverified",
            Self::Copied => "campaign.copied",
            Self::Extreme => "campaign.extreme",
            Self::Removed => "campaign.removed",
            Self::NoOrders => "campaign.no_orders",
            Self::SalesRise => "campaign.sales_rise",
            Self::BothSides => "campaign.both_sides",
            Self::Disclosed => "campaign.disclosed",
            Self::Purity => "campaign.purity",
            Self::AuthorsInOtherBursts => "campaign.authors_in_other_bursts",
            Self::AuthorsMeet => "campaign.authors_meet",
            Self::SameSeller => "campaign.same_seller",
            Self::ServesRivals => "campaign.serves_rivals",
            Self::NoMotive => "campaign.no_motive",
            Self::Clumsy => "campaign.clumsy",
            Self::Cloned => "campaign.cloned",
            Self::PredatesListing => "campaign.predates_listing",
            Self::Simultaneous => "campaign.simultaneous",
            Self::SamplingProgram => "campaign.programme",
            Self::BecameAnother => "campaign.became_another",
            Self::TurnsAreRare => "campaign.turns_are_rare",
            Self::OwnPage => "campaign.own_page",
            Self::ManyTurned => "campaign.many_turned",
        }
    }

    /// The question that it answers.
    pub const fn question(self) -> Question {
        match self {
            Self::OthersBusy
            | Self::Chance
            | Self::OneTimeAuthors
            | Self::Unverified
            | Self::Copied
            | Self::Extreme
            | Self::Removed
            | Self::NoOrders
            | Self::SalesRise
            | Self::BothSides
            | Self::Purity
            | Self::AuthorsInOtherBursts
            | Self::AuthorsMeet
            | Self::BecameAnother
            | Self::TurnsAreRare => Question::Coordination,
            Self::SameSeller
            | Self::ServesRivals
            | Self::NoMotive
            | Self::Clumsy
            | Self::OwnPage => Question::ReverseBrushing,
            Self::Cloned
            | Self::PredatesListing
            | Self::Disclosed
            | Self::Simultaneous
            | Self::SamplingProgram
            | Self::ManyTurned => Question::Artefact,
        }
    }

    /// Whether the corpus detector measures the same fact.
    pub const fn is_detector_fact(self) -> bool {
        matches!(self, Self::OneTimeAuthors | Self::Extreme)
    }
}

/// One reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// Its kind.
    pub factor: Factor,
    /// One English sentence.
    pub sentence: String,
    /// In the unit that the sentence names.
    pub value: f64,
    /// Log-odds, natural logarithm, towards a yes.
    pub contribution: f64,
}

impl Reason {
    pub(super) const fn new(
        factor: Factor,
        value: f64,
        contribution: f64,
        sentence: String,
    ) -> Self {
        Self {
            factor,
            sentence,
            value,
            contribution,
        }
    }
}
