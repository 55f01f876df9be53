use qq_testkit::{choices::Seeded, oracle::honest, world::{Plan, World}};
use std::time::Duration;
fn main() {
    let plan = Plan { active: Duration::from_secs(7 * 24 * 3600), lifetime: Duration::from_secs(1800), traffic_gap: Duration::from_secs(120), costly_every: 64, ..Plan::calm() };
    let mut c = Seeded::new(2026);
    let mut w = World::new(plan, &mut c, &honest);
    w.begin();
    let t = std::time::Instant::now();
    for d in 1..8 { w.run_until(Duration::from_secs(d*24*3600)); println!("{:?} {:?} {}", d, t.elapsed(), w.platform().log().count()); }
    w.finish_run();
    println!("{:?}", t.elapsed());
}
