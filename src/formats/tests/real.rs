use std::collections::BTreeMap;

use super::*;

/// Reasons of rejects that the data explains.
const EXPLAINED: [&str; 3] = [
    "order_id: order without items",
    "order_id: review of an order without items",
    "review_id: review already given for another order",
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    all.retain(|path| path.extension().is_some_and(|e| e == "gz"));
    all.sort();
    all
}

#[test]
fn real_data_has_no_unexplained_rejects() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    // The root of a worktree is one directory deeper than that of the main checkout.
    let deeper = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let Some(root) = [root, deeper].into_iter().find(|root| root.is_dir()) else {
        println!("skipped: no shared/data beside the crate");
        return;
    };
    let sets = [
        (Format::Amazon2018, "amazon-2018"),
        (Format::Olist, "olist-subset"),
        (Format::Olist, "olist-comments"),
        (Format::Labelled, "yelp-chi"),
    ];
    for (format, name) in sets {
        let folder = root.join(name);
        if !folder.is_dir() {
            println!("skipped: no {name}");
            continue;
        }
        let options = Options {
            labels_as_verdicts: true,
            ..Options::default()
        };
        let begun = std::time::Instant::now();
        let seen = Seen::all(read(format, &files(&folder), &options).unwrap());
        println!(
            "{name}: {} sellers, {} listings, {} orders, {} reviews, {} verdicts in {:?}",
            seen.sellers.len(),
            seen.listings.len(),
            seen.orders.len(),
            seen.reviews.len(),
            seen.verdicts.len(),
            begun.elapsed(),
        );
        let priced = seen.listings.iter().filter(|l| l.price.is_some()).count();
        let sold = seen
            .listings
            .iter()
            .filter(|l| !l.seller_id.is_empty())
            .count();
        println!("  {priced} listings with a price, {sold} with a seller");
        let mut by_reason: BTreeMap<&str, usize> = BTreeMap::new();
        for error in &seen.errors {
            *by_reason.entry(&error.reason).or_default() += 1;
        }
        println!("  rejects: {by_reason:?}");
        assert!(!seen.reviews.is_empty());
        let unexplained = seen
            .errors
            .iter()
            .find(|e| !EXPLAINED.contains(&e.reason.as_str()));
        assert_eq!(unexplained, None);
    }
}
