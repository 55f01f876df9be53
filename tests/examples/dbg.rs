use qq_testkit::{
    choices::Seeded,
    oracle::honest,
    world::{Plan, World},
};
use std::time::Duration;
fn main() {
    let a: Vec<u64> = std::env::args().skip(1).map(|x| x.parse().unwrap()).collect();
    let mut c = Seeded::new(a[0]);
    let mut w = World::new(Plan::stormy(a[0]), &mut c, &honest);
    w.begin();
    for t in &a[1..] {
        w.run_until(Duration::from_millis(*t));
        for c in w.clients() {
            println!("{:?} {:?}\n{:#?}", w.now(), c.next_deadline(), c);
        }
    }
}
