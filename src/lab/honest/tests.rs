use super::kinds::Side;
use super::roles::{self, Role};
use super::stage::Stage;
use super::*;

fn ground() -> background::Background {
    background::Background::of(5, 1500).unwrap()
}

#[test]
fn honest_scene_has_no_culprit_and_its_twin_has_one() {
    let ground = ground();
    for kind in kinds() {
        let play = |side| {
            let mut stage = Stage::new(&ground, kind.name);
            (kind.play)(&mut stage, side);
            stage.scene
        };
        let (honest, twin) = (play(Side::Honest), play(Side::Twin));
        for kinds in [
            &honest.roles.listings,
            &honest.roles.sellers,
            &honest.roles.reviews,
            &honest.roles.authors,
        ] {
            assert!(!kinds.is_empty(), "{}", kind.name);
            assert_eq!(
                roles::of(kinds, Role::Honest).count(),
                kinds.len(),
                "{}",
                kind.name
            );
        }
        let planted = roles::of(&twin.roles.reviews, Role::Manipulated).count();
        assert!(planted >= 5, "{}: {planted}", kind.name);
        let pages = twin.roles.listings.values();
        assert!(
            pages.clone().any(|role| *role != Role::Honest),
            "{}",
            kind.name
        );
        // The same seed plays the same scene.
        assert_eq!(play(Side::Honest).events, honest.events, "{}", kind.name);
    }
}

#[test]
fn table_has_every_kind_and_names_those_that_miss() {
    let plan = Plan {
        kinds: vec![find("price_error").unwrap(), find("viral_video").unwrap()],
        from: 3,
        seeds: 1,
        reviews: 1200,
    };
    let rows = run(&plan).unwrap();
    assert_eq!(rows.len(), 2);
    let figures = &rows[0].figures[0];
    assert_eq!(figures.seed, 3);
    assert!(figures.honest.listings.of >= 2 && figures.honest.authors.of > 20);
    assert_eq!(figures.twin.victims.of, 2);
    let page = page(&rows);
    for text in ["price_error", "viral_video", "bound"] {
        assert!(page.contains(text), "{page}");
    }
}
