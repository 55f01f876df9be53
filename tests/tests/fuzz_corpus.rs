//! Every seed of the fuzzers' corpus, run on the stable toolchain.

use std::fs;
use std::path::Path;

use qq_testkit::fuzzing::body;

#[test]
fn the_corpus_passes() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for name in ["frame", "replies", "client", "world"] {
        let run = body(name).unwrap();
        let mut count = 0;
        for entry in fs::read_dir(corpus.join(name)).unwrap() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            run(&fs::read(path).unwrap());
            count += 1;
        }
        assert!(count >= 4, "{name} has {count} seeds");
    }
    assert!(body("other").is_none());
}

/// Not a search, only a few steps beside the known path: the search runs elsewhere.
#[test]
fn changed_seeds_pass_as_well() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for name in ["frame", "replies", "client"] {
        let run = body(name).unwrap();
        for entry in fs::read_dir(corpus.join(name)).unwrap() {
            let seed = fs::read(entry.unwrap().path()).unwrap();
            for at in (0..seed.len()).step_by(7) {
                let mut changed = seed.clone();
                changed[at] ^= 0x15;
                run(&changed);
                run(&seed[..at]);
            }
        }
    }
}
