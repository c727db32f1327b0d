//! Words that a fingerprint counts, as hashes of their folded forms.

/// Words that may mention a reward. For other languages, and scripts without spaces, the signal
/// abstains.
const REWARD: [&str; 32] = [
    "free",
    "refund",
    "refunded",
    "discount",
    "discounted",
    "voucher",
    "giveaway",
    "reimbursed",
    "cashback",
    "giftcard",
    "gutschein",
    "kostenlos",
    "gratis",
    "rabatt",
    "erstattet",
    "gratuit",
    "gratuitement",
    "remboursé",
    "réduction",
    "reembolso",
    "reembolsado",
    "descuento",
    "cupón",
    "grátis",
    "desconto",
    "cupom",
    "gratuito",
    "rimborso",
    "rimborsato",
    "sconto",
    "korting",
    "zwrot",
];

/// First-person words.
const FIRST_PERSON: [&str; 42] = [
    "i", "me", "my", "mine", "myself", "we", "our", "us", "ive", "ich", "mir", "mich", "mein",
    "meine", "meinen", "wir", "uns", "je", "moi", "mon", "mes", "nous", "yo", "mi", "mis",
    "nosotros", "eu", "meu", "minha", "io", "mio", "mia", "ik", "mijn", "mình", "tôi", "tui",
    "saya", "aku", "我", "私", "俺",
];

/// Returns whether a word may mention a reward.
pub(super) fn mentions_reward(word: u64) -> bool {
    const HASHES: [u64; REWARD.len()] = hashes(REWARD);
    const SEEN: [u64; 8] = filter(&HASHES);
    passes(&SEEN, word) && HASHES.contains(&word)
}

/// Returns whether a word is in the first person.
pub(super) fn is_first_person(word: u64) -> bool {
    const HASHES: [u64; FIRST_PERSON.len()] = hashes(FIRST_PERSON);
    const SEEN: [u64; 8] = filter(&HASHES);
    passes(&SEEN, word) && HASHES.contains(&word)
}

/// Adds a letter to the hash of a word.
pub(super) const fn fold(hash: u64, letter: char) -> u64 {
    (hash.rotate_left(5) ^ letter as u64).wrapping_mul(0x517C_C1B7_2722_0A95)
}

// Most words of a text are in neither list: one bit of 512 rejects them at once.
const fn filter(hashes: &[u64]) -> [u64; 8] {
    let mut seen = [0; 8];
    let mut index = 0;
    while index < hashes.len() {
        let bit = hashes[index] >> 55;
        seen[(bit / 64) as usize] |= 1 << (bit % 64);
        index += 1;
    }
    seen
}

const fn passes(seen: &[u64; 8], word: u64) -> bool {
    let bit = word >> 55;
    seen[(bit / 64) as usize] >> (bit % 64) & 1 == 1
}

const fn hashes<const N: usize>(words: [&str; N]) -> [u64; N] {
    let mut hashes = [0; N];
    let mut index = 0;
    while index < N {
        hashes[index] = hash(words[index]);
        index += 1;
    }
    hashes
}

/// Hashes a word at compile time. Its characters are decoded here, up to three bytes each.
const fn hash(word: &str) -> u64 {
    let bytes = word.as_bytes();
    let (mut hash, mut index) = (0, 0);
    while index < bytes.len() {
        let lead = bytes[index] as u32;
        let (code, length) = if lead < 0x80 {
            (lead, 1)
        } else if lead < 0xE0 {
            ((lead & 0x1F) << 6 | tail(bytes, index + 1), 2)
        } else {
            let middle = tail(bytes, index + 1) << 6;
            ((lead & 0x0F) << 12 | middle | tail(bytes, index + 2), 3)
        };
        if let Some(letter) = char::from_u32(code) {
            hash = fold(hash, letter);
        }
        index += length;
    }
    hash
}

const fn tail(bytes: &[u8], index: usize) -> u32 {
    (bytes[index] & 0x3F) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_in_their_folded_form() {
        let of = |word: &str| word.chars().fold(0, fold);
        for word in REWARD {
            assert!(
                mentions_reward(of(word)) && !is_first_person(of(word)),
                "{word}"
            );
        }
        for word in FIRST_PERSON {
            assert!(
                is_first_person(of(word)) && !mentions_reward(of(word)),
                "{word}"
            );
        }
        assert!(!is_first_person(of("it")) && !mentions_reward(of("freedom")));
    }
}
