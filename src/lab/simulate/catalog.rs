//! The catalogue of the simulated marketplaces, and the vocabulary of reviews.

/// A category and its vocabulary.
pub(in crate::lab) struct Category {
    /// Widest name.
    pub(in crate::lab) parent: &'static str,
    /// Narrowest name.
    pub(in crate::lab) leaf: &'static str,
    /// Middle price in whole units.
    pub(in crate::lab) price: u32,
    /// Share of all sales.
    pub(in crate::lab) share: f64,
    /// Day of the year with the highest sales, and the increase.
    pub(in crate::lab) peak: (f64, f64),
    /// Names of products.
    pub(in crate::lab) products: &'static [&'static str],
    /// Aspects that buyers judge.
    pub(in crate::lab) aspects: &'static [&'static str],
    /// Places and purposes of use.
    pub(in crate::lab) uses: &'static [&'static str],
}

/// Returns the aspects of a category by its narrowest name: the truth about voice topics.
pub fn aspects(leaf: &str) -> Option<&'static [&'static str]> {
    let category = CATEGORIES.iter().find(|category| category.leaf == leaf);
    category.map(|category| category.aspects)
}

macro_rules! category {
    ($parent:literal, $leaf:literal, $price:literal, $share:literal, $peak:literal, $swing:literal,
     [$($product:literal),*], [$($aspect:literal),*], [$($use:literal),*]) => {
        Category {
            parent: $parent,
            leaf: $leaf,
            price: $price,
            share: $share,
            peak: ($peak, $swing),
            products: &[$($product),*],
            aspects: &[$($aspect),*],
            uses: &[$($use),*],
        }
    };
}

/// All categories.
#[rustfmt::skip]
pub(in crate::lab) const CATEGORIES: [Category; 24] = [
    category!("Electronics", "Headphones", 49, 1.6, 345.0, 0.4, ["headphones", "earbuds", "headset", "earphones"],
        ["sound", "bass", "noise cancelling", "battery life", "ear cushion", "microphone", "bluetooth pairing", "charging case", "treble"],
        ["on the train", "at the gym", "during calls", "for podcasts", "on long flights", "while running"]),
    category!("Electronics", "Chargers", 19, 1.5, 345.0, 0.2, ["charger", "power bank", "wall plug", "charging dock"],
        ["charging speed", "cable length", "plug", "temperature", "indicator light", "capacity", "port layout", "casing"],
        ["at my desk", "in the car", "on a camping trip", "for my tablet", "beside the bed", "in hotels"]),
    category!("Electronics", "Phone cases", 14, 1.4, 270.0, 0.3, ["case", "phone cover", "bumper case", "wallet case"],
        ["grip", "corner padding", "button feel", "fit", "camera cutout", "finish", "magnet", "edge"],
        ["on building sites", "with gloves on", "with a car mount", "after several drops", "in my pocket", "with wireless charging"]),
    category!("Electronics", "Webcams", 45, 0.6, 15.0, 0.3, ["webcam", "camera", "conference camera"],
        ["image", "autofocus", "low light picture", "microphone", "mounting clip", "privacy shutter", "cable", "software"],
        ["for video lessons", "in meetings", "for streaming", "with two monitors", "in my dim office", "on a laptop"]),
    category!("Computers", "Keyboards", 69, 0.8, 345.0, 0.3, ["keyboard", "mechanical keyboard", "wireless keyboard"],
        ["key travel", "backlight", "switch sound", "layout", "space bar", "wrist rest", "keycaps", "connection"],
        ["for coding", "for long emails", "while gaming", "in a shared office", "at night", "with my tablet"]),
    category!("Computers", "Mice", 29, 0.7, 345.0, 0.2, ["mouse", "trackball", "wireless mouse"],
        ["sensor", "scroll wheel", "click noise", "shape", "thumb button", "receiver", "weight", "glide"],
        ["for spreadsheets", "for photo editing", "on a glass desk", "with small hands", "when travelling", "in shooters"]),
    category!("Kitchen", "Cookware", 55, 1.1, 340.0, 0.4, ["pan", "skillet", "saucepan", "wok", "casserole"],
        ["coating", "handle", "lid", "heat distribution", "base", "rim", "weight", "rivets"],
        ["for omelettes", "on induction", "in the oven", "for family dinners", "with tomato sauces", "for searing steak"]),
    category!("Kitchen", "Coffee makers", 89, 0.8, 345.0, 0.4, ["coffee maker", "espresso machine", "moka pot", "french press"],
        ["crema", "water tank", "brewing time", "filter", "temperature", "steam wand", "drip tray", "noise level"],
        ["before work", "for two people", "in our caravan", "with dark roasts", "for guests", "at the office"]),
    category!("Kitchen", "Knives", 39, 0.7, 345.0, 0.3, ["knife", "chef's knife", "paring knife", "knife set"],
        ["blade", "balance", "handle", "edge retention", "tip", "sheath", "steel", "grip"],
        ["for onions", "for boning fish", "in a busy kitchen", "with crusty bread", "for herbs", "on a wooden board"]),
    category!("Home", "Bedding", 49, 1.1, 320.0, 0.3, ["duvet cover", "sheet set", "pillow", "blanket", "comforter"],
        ["fabric", "stitching", "zip", "colour", "softness", "thickness", "elastic", "smell"],
        ["in the guest room", "on hot nights", "after three washes", "on a deep mattress", "for my daughter's bed", "in winter"]),
    category!("Home", "Lamps", 35, 0.8, 320.0, 0.4, ["lamp", "desk lamp", "floor lamp", "night light"],
        ["brightness", "switch", "shade", "arm joint", "warm tone", "dimmer", "foot", "cord"],
        ["beside the sofa", "for reading", "in the nursery", "on a narrow shelf", "for sewing", "in the hallway"]),
    category!("Home", "Storage", 27, 1.0, 10.0, 0.3, ["storage box", "organiser", "basket", "shelf unit"],
        ["lid", "panels", "size", "assembly", "plastic", "seams", "handles", "stackability"],
        ["under the bed", "in the garage", "for winter clothes", "in a tiny bathroom", "for toys", "in the pantry"]),
    category!("Home", "Vacuum cleaners", 149, 0.6, 330.0, 0.3, ["vacuum", "handheld vacuum", "robot vacuum", "stick vacuum"],
        ["suction", "dust bin", "brush roll", "battery", "filter", "docking", "noise", "hose"],
        ["on thick carpet", "with two cats", "in the car", "on laminate", "under the furniture", "on stairs"]),
    category!("Garden", "Garden tools", 32, 0.8, 130.0, 0.8, ["pruner", "spade", "hedge trimmer", "rake", "garden fork"],
        ["blade", "shaft", "spring", "grip", "locking catch", "weight", "tines", "balance"],
        ["on my roses", "in clay soil", "on the allotment", "for old hedges", "around fruit trees", "in spring"]),
    category!("Garden", "Hoses", 38, 0.5, 160.0, 0.9, ["hose", "sprinkler", "spray nozzle", "hose reel"],
        ["connector", "water pressure", "winding", "seal", "spray pattern", "length", "wall bracket", "flexibility"],
        ["on the lawn", "for the greenhouse", "to wash the van", "in freezing weather", "on the patio", "for pots"]),
    category!("Beauty", "Skin care", 22, 1.5, 350.0, 0.2, ["cream", "serum", "face lotion", "cleanser", "moisturiser"],
        ["texture", "scent", "pump", "absorption", "consistency", "ingredient list", "jar", "effect"],
        ["under make-up", "on dry skin", "before bed", "on my sensitive cheeks", "after shaving", "in cold weather"]),
    category!("Beauty", "Hair care", 24, 1.0, 170.0, 0.2, ["shampoo", "hair dryer", "conditioner", "hair oil"],
        ["smell", "lather", "shine", "bottle", "volume", "dosage", "result", "cap"],
        ["on curly hair", "after swimming", "on coloured hair", "every other day", "on a greasy scalp", "for my toddler"]),
    category!("Health", "Supplements", 26, 1.3, 12.0, 0.4, ["vitamins", "capsules", "protein powder", "magnesium tablets"],
        ["taste", "capsule size", "dose", "aftertaste", "packaging", "expiry date", "solubility", "scoop"],
        ["with breakfast", "after training", "during exam weeks", "for muscle cramps", "in smoothies", "on an empty stomach"]),
    category!("Sports", "Yoga mats", 33, 0.6, 12.0, 0.6, ["mat", "yoga mat", "exercise mat"],
        ["grip", "thickness", "smell", "surface", "carry strap", "cushioning", "length", "edges"],
        ["in hot yoga", "on tiles", "for pilates", "for stretching", "in the park", "with bad knees"]),
    category!("Sports", "Backpacks", 59, 0.8, 215.0, 0.5, ["backpack", "rucksack", "daypack", "hiking bag"],
        ["straps", "zips", "laptop sleeve", "back padding", "bottle pocket", "rain cover", "fabric", "buckles"],
        ["on a five day hike", "for school", "as hand luggage", "on my bike commute", "in pouring rain", "for city trips"]),
    category!("Toys", "Building sets", 42, 1.1, 350.0, 1.2, ["building set", "brick set", "model kit", "marble run"],
        ["instructions", "pieces", "box", "stickers", "fit of the parts", "colours", "figures", "difficulty"],
        ["with my son", "on rainy days", "as a birthday gift", "for an eight year old", "with grandpa", "at kindergarten"]),
    category!("Pets", "Dog supplies", 28, 1.0, 180.0, 0.1, ["harness", "dog bed", "leash", "chew toy", "dog bowl"],
        ["buckle", "padding", "stitching", "sizing", "clip", "cover", "rubber", "reflective strip"],
        ["with our labrador", "on walks", "for a nervous puppy", "in the boot of the car", "with a strong puller", "at the beach"]),
    category!("Fashion", "Socks", 16, 0.9, 330.0, 0.5, ["socks", "hiking socks", "wool socks", "trainer socks"],
        ["cuff", "toe seam", "cotton", "warmth", "elastic", "heel", "colours", "fit"],
        ["in work boots", "for marathons", "at the office", "on cold mornings", "after tumble drying", "with wide feet"]),
    category!("Tools", "Drills", 79, 0.7, 120.0, 0.3, ["drill", "cordless screwdriver", "impact driver", "bit set"],
        ["torque", "chuck", "battery", "case", "trigger", "gear switch", "light", "bits"],
        ["in concrete", "for flat packs", "on the deck", "overhead", "in hard wood", "for shelves"]),
];
