//! Groups terms with the same meaning in the same reviews.

use super::TopicKind;
use super::language::Language;
use super::terms::Term;

/// Least share of the rarer term's reviews that two terms of one topic have in common.
const COMMON: f64 = 0.6;
/// The same of the reviews of either, for terms that share no word.
const COMMON_OF_BOTH: f64 = 0.3;
/// Largest difference in stars of two terms of one topic.
const APART_STARS: f64 = 0.6;

/// A term and the reviews that mention it.
pub(super) struct Candidate {
    pub(super) term: Term,
    pub(super) language: Language,
    pub(super) kind: TopicKind,
    /// Indices of the seller's reviews, ascending.
    pub(super) docs: Vec<u32>,
    pub(super) effect: f64,
    pub(super) rank: f64,
}

/// A term of a topic, and the number of its reviews.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) term: Term,
    pub(super) mentions: usize,
}

/// Terms of one topic, the head first.
pub(super) struct Group {
    pub(super) members: Vec<Member>,
    pub(super) docs: Vec<u32>,
    pub(super) effect: f64,
    pub(super) language: Language,
    pub(super) kind: TopicKind,
}

/// Counts the numbers in both lists; both are ascending.
fn common(left: &[u32], right: &[u32]) -> usize {
    let (mut i, mut j, mut both) = (0, 0, 0);
    while let (Some(a), Some(b)) = (left.get(i), right.get(j)) {
        both += usize::from(a == b);
        i += usize::from(a <= b);
        j += usize::from(b <= a);
    }
    both
}

impl Group {
    /// Whether a candidate is of the same topic.
    fn includes(&self, candidate: &Candidate) -> bool {
        let alike = self.language == candidate.language && self.kind == candidate.kind;
        if !alike || (self.effect - candidate.effect).abs() > APART_STARS {
            return false;
        }
        let both = common(&self.docs, &candidate.docs) as f64;
        let (one, other) = (self.docs.len() as f64, candidate.docs.len() as f64);
        let mut members = self.members.iter();
        let shares_a_word = members.any(|member| member.term.shares_a_word(candidate.term));
        both >= COMMON * one.min(other)
            && (shares_a_word || both >= COMMON_OF_BOTH * (one + other - both))
    }

    fn add(&mut self, candidate: Candidate) {
        self.members.push(candidate.member());
        self.docs.extend(candidate.docs);
        self.docs.sort_unstable();
        self.docs.dedup();
    }
}

impl Candidate {
    const fn member(&self) -> Member {
        Member {
            term: self.term,
            mentions: self.docs.len(),
        }
    }
}

/// Groups terms with the same meaning in the same reviews.
pub(super) fn grouped(candidates: Vec<Candidate>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for candidate in candidates {
        if let Some(group) = groups.iter_mut().find(|group| group.includes(&candidate)) {
            group.add(candidate);
            continue;
        }
        groups.push(Group {
            members: vec![candidate.member()],
            docs: candidate.docs,
            effect: candidate.effect,
            language: candidate.language,
            kind: candidate.kind,
        });
    }
    groups
}
