//! Reading of brand measures, verdicts and subjects.

use pbjson_types::Timestamp;

use super::Parsed;
use super::check::Checker;
use crate::domain::{BrandSignal, Kind, Reason, Subject, Time, Verdict, limits};
use crate::proto::v1;

pub(super) fn parse_brand_signal(message: v1::BrandSignal, arrival: Time) -> Parsed<BrandSignal> {
    let v1::BrandSignal {
        signal_id,
        seller_id,
        brand,
        market,
        channel,
        metric,
        value,
        start_time,
        end_time,
        provenance,
    } = message;
    let mut check = Checker::new("brand_signal", arrival);
    let id = check.id("signal_id", signal_id);
    let seller = check.id("seller_id", seller_id);
    let brand = check.text("brand", brand, limits::NAME_BYTES);
    let market = check.country("market", &market);
    let channel = check.specified("channel", channel, |number| {
        v1::BrandChannel::try_from(number).ok().map(Into::into)
    });
    let metric = check.id("metric", metric);
    if !value.is_finite() {
        check.fail("value", Reason::OutOfRange, "is not a finite number");
    }
    let start = check.required_time("start_time", start_time);
    let end = check.required_time("end_time", end_time);
    if let (Some(start), Some(end)) = (start, end)
        && end <= start
    {
        check.fail("end_time", Reason::Inconsistent, "is not after start_time");
    }
    let provenance = check.specified("provenance", provenance, |number| {
        v1::Provenance::try_from(number).ok().map(Into::into)
    });
    let signal = (|| {
        Some(BrandSignal {
            id: id?,
            seller: seller?,
            brand,
            market,
            channel: channel?,
            metric: metric?,
            value,
            start: start?,
            end: end?,
            provenance: provenance?,
        })
    })();
    check.finish(signal)
}

pub(super) fn parse_verdict(message: v1::Verdict, arrival: Time) -> Parsed<Verdict> {
    let v1::Verdict {
        verdict_id,
        subject,
        label,
        decided_by,
        reason,
        time,
    } = message;
    let mut check = Checker::new("verdict", arrival);
    let id = check.id("verdict_id", verdict_id);
    let subject = check_subject(&mut check, "subject", subject);
    let label = check.specified("label", label, |number| {
        v1::VerdictLabel::try_from(number).ok().map(Into::into)
    });
    let decided_by = check.text("decided_by", decided_by, 128);
    let reason = check.text("reason", reason, 4096);
    let time = check.required_time("time", time);
    let verdict = (|| {
        Some(Verdict {
            id: id?,
            subject: subject?,
            label: label?,
            decided_by,
            reason,
            time: time?,
        })
    })();
    check.finish(verdict)
}

/// Reads the subject of a request; field paths start with `subject`.
pub fn parse_subject(message: Option<v1::Subject>) -> Parsed<Subject> {
    let mut check = Checker::new("", Time::from_seconds(u32::MAX));
    let subject = check_subject(&mut check, "subject", message);
    check.finish(subject)
}

/// Reads a time of a request, which may be in the future.
pub fn parse_time(field: &str, stamp: Option<Timestamp>) -> Parsed<Option<Time>> {
    let mut check = Checker::new("", Time::from_seconds(u32::MAX));
    if stamp.is_some_and(|stamp| stamp.seconds > i64::from(u32::MAX)) {
        check.fail(field, Reason::OutOfRange, "lies after 2106-02-07T06:28:15Z");
        return check.finish(None);
    }
    let time = check.time(field, stamp);
    check.finish(Some(time))
}

fn check_subject(
    check: &mut Checker,
    field: &str,
    message: Option<v1::Subject>,
) -> Option<Subject> {
    let Some(v1::Subject {
        kind,
        marketplace,
        id,
    }) = message
    else {
        check.fail(field, Reason::Required, "is absent; a subject is required");
        return None;
    };
    let kind = check.specified(&format!("{field}.kind"), kind, |number| {
        Some(match v1::SubjectKind::try_from(number).ok()? {
            v1::SubjectKind::Unspecified => return None,
            v1::SubjectKind::Review => Kind::Review,
            v1::SubjectKind::Reviewer => Kind::Reviewer,
            v1::SubjectKind::Listing => Kind::Listing,
            v1::SubjectKind::Seller => Kind::Seller,
        })
    });
    let id = check.id(&format!("{field}.id"), id);
    let path = format!("{field}.marketplace");
    match kind? {
        Kind::Seller => {
            if !marketplace.is_empty() {
                check.fail(
                    &path,
                    Reason::Inconsistent,
                    "must be empty: sellers span marketplaces",
                );
                return None;
            }
            Some(Subject::Seller(id?))
        }
        kind @ (Kind::Review | Kind::Reviewer | Kind::Listing) => {
            let marketplace = check.id(&path, marketplace);
            Some(Subject::Local {
                kind,
                marketplace: marketplace?,
                id: id?,
            })
        }
    }
}
