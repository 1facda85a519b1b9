use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

#[background]
fn body() -> u32 {
    let mut sum = 0;
    #[background(limit = 2)]
    for n in 0..3 {
        sum += n;
        sum += get(n).await;
    }
    #[background(limit = 2)]
    for n in [Some(1), None] {
        let n = match n {
            Some(n) => n,
            None => continue,
        };
        let x = get(n).await;
        sum += x;
    }
    #[background(limit = 2)]
    for n in 0..3 {
        sum += n;
    }
    sum
}

struct Transaction;

struct Pool;

impl Pool {
    async fn begin(&self) -> Transaction {
        Transaction
    }
}

impl Transaction {
    async fn insert(&mut self, _: u32) {}
    async fn commit(self) {}
}

#[background]
fn a_transaction(pool: &Pool) {
    #[background(limit = 4)]
    for n in 0..3 {
        let mut tx = pool.begin().await;
        tx.insert(n).await;
        tx.commit().await;
    }
}

/// What is awaited is not known ahead of what runs in the same statement.
#[background]
fn in_one_statement(mut next: impl FnMut() -> u32) -> u32 {
    let mut sum = 0;
    #[background(limit = 4)]
    for _ in 0..3 {
        let (n, x) = (next(), get(next()).await);
        sum += n + x;
    }
    sum
}

/// Whether it is awaited is not known, either.
#[background]
fn under_a_condition(wanted: &[u32]) -> Vec<u32> {
    let mut found = Vec::new();
    #[background(limit = 4)]
    for n in 0..3 {
        if wanted.contains(&n) {
            found.push(get(n).await);
        }
    }
    found
}

/// What is awaited is not known, either.
#[background]
fn in_a_condition() {
    #[background(limit = 4)]
    for n in 0..3 {
        if n > 1 && get(n).await > 2 {
            println!("{n}");
        }
    }
}

fn main() {}
