//! A connection that is taken while another is held, and in the rest too.

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

#[background]
fn held(pool: &Pool, audit_pool: &Pool) -> Result<u32, String> {
    let mut sum = 0;
    #[background(limit = 4)]
    for n in 0..8 {
        let conn = pool.get().await?;
        let audit = audit_pool.get().await?;
        sum += conn.query(n).await? + audit.query(n).await?;
    }
    Ok(sum)
}

#[background]
fn in_the_rest(pool: &Pool) -> Result<u32, String> {
    let mut sum = 0;
    #[background(limit = 4)]
    for n in 0..8 {
        let conn = pool.get().await?;
        let x = conn.query(n).await?;
        if x > 3 {
            sum += pool.get().await?.query(x).await?;
        }
    }
    Ok(sum)
}

fn main() {}
