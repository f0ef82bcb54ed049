//! `kill -9` under load: nothing that was acknowledged is lost, and what was spent stays spent.

use super::load::Load;
use super::process::Program;
use crate::both;

const ROUNDS: usize = 10;
const WRITERS: usize = 8;
/// Acknowledged facts a round, before it is killed.
const FACTS: usize = 120;

both! {
    async fn ten_kills_under_load_lose_nothing_that_was_acknowledged(database) {
        let program = Program::new(&database);
        let load = Load::new(&program, &program.site(&database).await).await;
        for _ in 0..ROUNDS {
            let process = program.start().await;
            let mut writers = load.start(WRITERS);
            load.more(FACTS, &mut writers).await;
            process.signal("-KILL");
            process.ended().await;
            writers.join_all().await;
            let _again = program.start().await;
            load.check().await;
        }
        assert!(load.facts() >= ROUNDS * FACTS);
    }
}
