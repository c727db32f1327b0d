//! Word lists and sentence patterns of the review grammar.
//!
//! In a pattern `$x` is a draw from the list of that letter. Fixed runs of words are therefore
//! short, and honest texts seldom share long shingles.

/// Positive words: `$g`.
pub(in crate::lab) const GOOD: &[&str] = &[
    "great", "solid", "excellent", "impressive", "lovely", "superb", "spot on", "better than expected",
    "first class", "reliable", "pleasant", "well made", "perfect", "really nice", "top notch",
    "surprisingly good", "well thought out", "flawless", "sturdy", "decent", "brilliant", "satisfying",
];
/// Negative words: `$b`.
pub(super) const BAD: &[&str] = &[
    "poor", "flimsy", "disappointing", "cheap", "useless", "awful", "below par", "badly made", "sloppy",
    "a letdown", "unreliable", "a joke", "mediocre at best", "faulty", "worse than expected", "unusable",
    "terrible", "annoying", "crooked", "hopeless", "not as described", "weak",
];
/// Lukewarm words: `$m`.
pub(super) const MILD: &[&str] = &[
    "okay", "average", "acceptable", "fine I guess", "so-so", "passable", "nothing special", "alright",
    "adequate", "middling", "tolerable", "fair for the money", "neither good nor bad", "usable",
];
/// Degrees: `$d`.
pub(super) const DEGREE: &[&str] = &[
    "really", "quite", "very", "pretty", "honestly", "simply", "absolutely", "rather", "genuinely",
    "consistently", "still", "clearly", "definitely", "truly", "just",
];
/// Verbs: `$v`.
pub(super) const VERB: &[&str] = &[
    "is", "feels", "turned out", "seems", "looks", "remains", "was", "has been", "proved", "came out",
];
/// People: `$w`.
pub(super) const WHO: &[&str] = &[
    "my wife", "my husband", "my sister", "our neighbour", "a colleague", "my mum", "my dad", "my brother",
    "a friend", "my flatmate", "our son", "my daughter", "my boss", "the whole family", "my partner",
    "grandma", "my uncle", "a customer", "our teenager", "my cousin",
];
/// Units of time: `$t` puts a number before them.
pub(super) const SPAN: &[&str] = &["days", "weeks", "months", "uses", "evenings", "weekends", "mornings", "trips"];
/// Comparisons: `$c`.
pub(super) const THAN: &[&str] = &[
    "my old one", "the shop's own", "what I had", "the cheap model", "the big brand", "the last three",
    "its predecessor", "my first", "anything at this price", "last year's version", "what we use at work",
    "the discount one", "my previous purchase", "three others", "the market leader",
];
/// Linking words: `$l`.
pub(super) const LINK: &[&str] = &[
    "also", "on top of that", "besides", "to be fair", "in my case", "so far", "in short", "all told",
    "for me", "for the record", "on the other hand", "in daily life", "as for the rest", "mind you",
    "by the way", "to my surprise", "at first", "by now", "overall", "in the end",
];
/// Delivery: `$y`.
pub(super) const ARRIVAL: &[&str] = &[
    "early", "late", "on time", "well packed", "in a crushed box", "overnight", "without a manual",
    "in plain paper", "a day ahead", "exactly as promised", "with a scratch", "in far too much plastic",
];
/// Faults: `$f`.
pub(in crate::lab) const FAULT: &[&str] = &[
    "broke", "came loose", "cracked", "stopped working", "wore out", "started to rattle", "bent",
    "fell apart", "gave up", "peeled", "jammed", "faded", "failed", "got stuck", "leaked", "snapped",
];
/// Colours: `$k`.
pub(in crate::lab) const COLOUR: &[&str] = &["black", "white", "grey", "blue", "green", "red", "beige", "silver", "brown", "pink"];

/// Positive sentences.
pub(super) const POSITIVE: &[&str] = &[
    "the $a $v $d $g", "$l the $a $v $g and the $a $v $g too", "$d $g $a, $d $g $a", "love the $a $u",
    "used it $u for $t and the $a $v $g", "$w noticed the $g $a within $t", "compared with $c the $a $v $d $g",
    "after $t the $a $v $d $g", "$g $p, $d happy with the $a", "$l, $u the $a $v $d $g",
    "even $w calls the $a $g", "no trouble with the $a in $t $u",
    "what sold me: $g $a plus $d $g $a", "$w and I use the $p $u and the $a $v $g", "the $k one $v $d $g $u",
    "the $a $d beats $c", "I bought $n of these and each $a $v $g", "$a: $g. $a: $d $g", "$u it $v $d $g",
    "$l a $g $a, which $w wanted $u", "would pick it over $c for the $a alone", "can't fault the $a, $l $g",
];
/// Negative sentences.
pub(super) const NEGATIVE: &[&str] = &[
    "the $a $v $d $b", "$l the $a $f after $t", "$f within $t $u", "the $a $f and the $a $v $b", "$d $b $a",
    "compared with $c the $a $v $b", "$w tried it $u and the $a $f", "$l, $u the $a $v $d $b",
    "sent it back after $t because the $a $f", "the $k one $v $b, $w got one whose $a $f", "$a: $b. $a: $d $b",
    "expected a lot more from the $a, $l $b", "I kept $c instead, this $a $v $b", "$u the $p $f",
    "after only $t the $a $v $d $b", "for this price the $a $v $b and the $a $v $b", "$n times now the $a $f",
    "$w warned me about the $a: $b", "support ignored $n messages about the $a", "don't rely on the $a $u",
];
/// Neutral sentences.
pub(super) const NEUTRAL: &[&str] = &[
    "the $a $v $m", "$l the $a $v $m, the $a $v $g", "the $a $v $g but the $a $v $b", "$u it $v $m",
    "compared with $c the $a $v $m", "after $t the $a $v $m", "$g $a, $b $a, so $m", "$w finds the $a $m",
    "a $m $p with $g $a", "$l, for $n of them the price $v $m", "I like the $a, not the $a $u",
];
/// Sentences about the life of the author.
pub(super) const SCENE: &[&str] = &[
    "bought this $p for $w", "ordered the $k $p $u", "$w gave me this $p $t ago", "it came $y",
    "delivery came $y, $l", "I needed a $p $u", "this is my $o $p in $n years", "$w recommended the $p $u",
    "replaced $c with this $p", "had it $t now", "we use this $p $u, mostly with $w", "the parcel was $y",
    "picked $k and got it $y", "been looking for a $p $u for $t", "switched from $c $t ago",
    "my $o order here came $y", "$l my $o $p", "chose the $k $p after $h reviews",
];
/// Optional ends of sentences, which break up long fixed runs.
pub(super) const TAIL: &[&str] = &[
    "$l", "says $w", "after $h $q", "$h $q in", "at least $u", "$d so", "unlike $c", "as $w found $u",
    "and that $h $q on", "given $h $q of use", "mostly $u", "which $w confirmed", "at $h a piece", "even $u",
    "about $h out of 1000", "$l after $t", "more so than $c", "if you ask $w", "not only $u", "$h $q and counting",
];
/// Units after digits: `$q`.
pub(super) const UNIT: &[&str] = &["hours", "days", "weeks", "rounds", "tries", "km", "minutes", "goes", "sessions"];
/// Positive endings.
pub(super) const POSITIVE_END: &[&str] = &[
    "would buy again", "recommended", "already ordered $n more", "$w wants one too", "worth every penny $u",
    "$l no regrets", "five stars from $w as well", "will get the $k one next", "$d $g value",
    "$g buy", "hope the $a lasts", "thumbs up from $w",
];
/// Negative endings.
pub(super) const NEGATIVE_END: &[&str] = &[
    "would not buy again", "money back please", "$l avoid", "going back to $c", "wasted $n weeks on this",
    "$w got a refund, I did not", "returned", "look elsewhere", "$d $b value", "never again $u",
    "stay with $c", "save your money",
];
/// Positive titles.
pub(super) const POSITIVE_TITLE: &[&str] = &[
    "$g $p", "$d $g", "love the $a", "$g $a", "$g $u", "happy with it", "$p as hoped", "better than $c",
    "$w loves it", "$a and $a: $g", "five stars", "good buy", "$g after $t",
];
/// Negative titles.
pub(super) const NEGATIVE_TITLE: &[&str] = &[
    "$b $p", "$d $b", "$a $f", "$b $a", "not for use $u", "$f after $t", "worse than $c", "returned it",
    "don't buy", "disappointed", "$b $u", "$a and $a: $b",
];
/// Neutral titles.
pub(super) const NEUTRAL_TITLE: &[&str] =
    &["$m", "$m $p", "$a $m", "$g $a, $b $a", "could be better", "$m $u", "three stars", "mixed feelings"];
/// Short honest texts: positive, neutral, negative.
pub(in crate::lab) const STOCK: [&[&str]; 3] = [
    &["works fine", "good", "as described", "great product", "does the job", "perfect", "very good", "love it",
      "happy with it", "nice", "all good", "works great", "ok", "excellent", "good value", "thanks"],
    &["ok", "it's ok", "average", "does the job", "not bad", "so so", "it works"],
    &["broke", "bad", "not good", "did not work", "returned", "waste of money", "poor quality", "too small"],
];
/// Paid texts without a script.
pub(super) const GENERIC: &[&str] = &[
    "very good quality", "fast shipping and good quality", "exactly what I needed, very good", "great product, fast delivery",
    "amazing product highly recommend", "best purchase ever", "super quality, five stars", "love it so much, perfect",
    "good seller good product", "high quality and beautiful", "I am very satisfied with this product",
    "very nice, will recommend to friends", "perfect product perfect seller",
];
/// Phrases that reveal an undisclosed reward.
pub(in crate::lab) const REWARD: &[&str] = &[
    "the seller sent a gift card after I posted", "got my refund for the review", "card in the box promised $n off for five stars",
    "thanks to the seller for the free one", "they paid me back once $w and I had rated it", "free $p in return for stars",
];
/// Disclosures of honest testers.
pub(in crate::lab) const DISCLOSED: &[&str] = &[
    "I received this $p free to test", "sample given for an honest review", "disclosure: free product for testing",
    "I got the $k one at no cost to review it",
];
/// Numbers: `$n`.
pub(super) const COUNT: &[&str] = &["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve"];
/// Ordinals: `$o`.
pub(super) const ORDINAL: &[&str] = &["second", "third", "fourth", "fifth", "latest", "sixth"];
