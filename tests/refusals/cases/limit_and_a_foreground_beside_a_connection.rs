//! It waits for iterations that may wait for the connection of this one.

use bridge::background;

struct Pool;
struct Conn;

impl Pool {
    async fn get(&self) -> Result<Conn, String> {
        Ok(Conn)
    }
}

impl Conn {
    async fn query(&self, n: u32) -> Result<u32, String> {
        Ok(n)
    }
}

fn audit(_: u32) {}

#[background]
fn body(pool: &Pool) -> Result<(), String> {
    #[background(limit = 4)]
    for n in 0..8 {
        let conn = pool.get().await?;
        let x = conn.query(n).await?;
        if x > 3 {
            #[foreground]
            audit(x);
        }
    }
    Ok(())
}

fn main() {}
