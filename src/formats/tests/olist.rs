use super::*;

const ORDERS: &str = "order_id,customer_id,order_status,order_purchase_timestamp,\
    order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,\
    order_estimated_delivery_date\n\
    o1,c1,delivered,2017-10-02 10:56:00,,,2017-10-10 21:25:00,\n\
    o2,c2,shipped,2017-10-03 10:00:00,,,,\n\
    o3,c1,canceled,2017-10-04 10:00:00,,,,\n\
    o4,nobody,delivered,2017-10-05 10:00:00,,,,\n";
const ITEMS: &str = "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n\
    o1,2,p1,s1,2017-10-03,10.60,1\n\
    o1,1,p1,s1,2017-10-03,10.60,1\n\
    o1,3,p2,s1,2017-10-03,5,1\n\
    o1,3,p2,s1,2017-10-03,5,1\n\
    o2,1,p1,s2,2017-10-03,9,1\n\
    o2,2,p1,s2,2017-10-03,free,1\n\
    o4,1,p1,s2,2017-10-03,9,1\n";
const REVIEWS: &str = "review_id,order_id,review_score,review_comment_title,\
    review_comment_message,review_creation_date,review_answer_timestamp\n\
    r1,o1,5,,\"bom,\nmesmo\",2017-10-11 00:00:00,2017-10-12 08:00:00\n\
    r2,o2,1,,,2017-10-11 00:00:00,\n\
    r1,o2,5,,,2017-10-11 00:00:00,2017-10-12 08:00:00\n\
    r3,o3,3,,,2017-10-11 00:00:00,2017-10-12 08:00:00\n\
    r4,o9,3,,,2017-10-11 00:00:00,2017-10-12 08:00:00\n\
    r5,o1,7,,,2017-10-11 00:00:00,2017-10-12 08:00:00\n";

fn tables(dir: &TempDir) -> Vec<PathBuf> {
    let table = |name, text: &str| file(dir, name, text);
    vec![
        table("reviews", REVIEWS),
        table("orders", ORDERS),
        table("items", ITEMS),
        table(
            "payments",
            "order_id,payment_sequential,payment_type\no1,1,card\n",
        ),
        table(
            "customers",
            "customer_id,customer_unique_id,x\nc1,b1,1\nc2,b2,1\n",
        ),
        table(
            "sellers",
            "seller_id,seller_zip_code_prefix,seller_state\ns1,1,SP\ns2,2,RJ\n",
        ),
        table(
            "products",
            "product_id,product_category_name,product_photos_qty\np1,cama,3\np2,livros,\n",
        ),
        table(
            "names",
            "\u{feff}product_category_name,product_category_name_english\ncama,bed\n",
        ),
    ]
}

#[test]
fn tables_are_joined_in_any_order() {
    let dir = TempDir::new().unwrap();
    let files = tables(&dir);
    let size: u64 = files.iter().map(|f| f.metadata().unwrap().len()).sum();
    let mut reader = read(Format::Olist, &files, &Options::default()).unwrap();
    let last = reader.by_ref().count();
    assert_eq!((last, reader.position().bytes), (2 + 3 + 3 + 2 + 8, size));

    let seen = Seen::all(read(Format::Olist, &files, &Options::default()).unwrap());
    assert_eq!(seen.sellers[0].home_country, "BR");
    let ids: Vec<_> = seen
        .listings
        .iter()
        .map(|l| l.listing_id.as_str())
        .collect();
    assert_eq!(ids, ["p1/s1", "p2/s1", "p1/s2"]);
    let bed = &seen.listings[0];
    assert_eq!(
        (&bed.category_path[..], bed.image_count),
        (&["bed".to_owned()][..], Some(3))
    );
    assert_eq!(seen.listings[1].category_path, ["livros"]);
    assert_eq!(seen.listings[1].image_count, None);

    let [two, one, shipped] = &seen.orders[..] else {
        panic!("{:?}", seen.orders)
    };
    assert_eq!((two.order_id.as_str(), two.quantity), ("o1/p1/s1", 2));
    let price = two.price.as_ref().unwrap();
    assert_eq!(
        (price.currency_code.as_str(), price.units, price.nanos),
        ("BRL", 21, 200_000_000)
    );
    assert_eq!((two.buyer_id.as_str(), two.delivered), ("b1", Some(true)));
    assert_eq!((one.order_id.as_str(), one.quantity), ("o1/p2/s1", 1));
    assert_eq!((shipped.delivered, shipped.buyer_id.as_str()), (None, "b2"));

    let [first, second] = &seen.reviews[..] else {
        panic!()
    };
    assert_eq!(
        (first.listing_id.as_str(), first.reviewer_id.as_str()),
        ("p1/s1", "b1")
    );
    assert_eq!(
        (first.body.as_str(), first.language.as_str()),
        ("bom,\nmesmo", "pt")
    );
    assert_eq!(first.time.map(|t| t.seconds), Some(1_507_795_200));
    assert_eq!(second.time.map(|t| t.seconds), Some(1_507_680_000));
    assert_eq!(second.verified_purchase, Some(true));
}

#[test]
fn rows_that_cannot_be_joined_name_the_reason() {
    let dir = TempDir::new().unwrap();
    let seen = Seen::all(read(Format::Olist, &tables(&dir), &Options::default()).unwrap());
    let expected = [
        (7, "price: `free` is not an amount"),
        (4, "order_id: order without items"),
        (5, "customer_id: not among the customers"),
        (5, "review_id: review already given for another order"),
        (6, "order_id: review of an order without items"),
        (7, "order_id: review of an unknown order"),
        (8, "review_score: 7 is not 1 to 5"),
        (8, "order_id: item of an unknown order"),
    ];
    assert_eq!(seen.reasons(), expected);
    assert!(seen.errors[0].file.ends_with("items"));
    assert!(seen.errors[7].file.ends_with("items"));
    assert_eq!(seen.errors[1].raw, "o3,c1,canceled,2017-10-04 10:00:00,,,,");

    let lost = read(Format::Olist, &tables(&dir)[2..], &Options::default());
    assert_eq!(
        lost.err().unwrap().to_string(),
        "no orders table among the files"
    );
}
