//! What the functions with mistakes are made of.

pub use bridge::background;

pub use self::inner::{Store, store};

#[derive(Debug)]
pub struct Error;
pub struct Other;
pub struct Opaque;
pub struct Pair {
    pub left: u32,
    pub right: u32,
}

pub mod inner {
    pub struct Store {
        pub id: u32,
        pub text: String,
        pub hidden: u32,
        conceals: u32,
    }
    pub fn store() -> Store {
        Store { id: 1, text: String::new(), hidden: 1, conceals: 1 }
    }
    impl Store {
        async fn conceal(&self) -> u32 {
            self.conceals
        }
        pub async fn change(&mut self) -> u32 {
            self.id += 1;
            self.id
        }
        pub async fn show(&self, value: impl std::fmt::Display) -> u32 {
            value.to_string().len() as u32
        }
    }
    async fn concealed() -> u32 {
        1
    }
    pub unsafe fn unchecked() -> u32 {
        1
    }
}

pub fn plain(n: u32) -> u32 {
    n
}
pub fn sum(a: u32, b: u32) -> u32 {
    a + b
}
pub async fn number(n: u32) -> u32 {
    n
}
pub async fn look(n: &u32) -> u32 {
    *n
}
pub async fn fallible(n: u32) -> Result<u32, Error> {
    Ok(n)
}
pub async fn next(n: u32) -> Result<Option<u32>, Error> {
    Ok(Some(n))
}
pub async fn other_error(n: u32) -> Result<u32, Other> {
    Ok(n)
}
pub async fn option(n: u32) -> Option<u32> {
    Some(n)
}
pub async fn stored(store: Store) -> u32 {
    store.id
}
pub async fn show(value: impl std::fmt::Display) -> u32 {
    value.to_string().len() as u32
}
pub async fn apply(function: impl Fn(u32) -> u32) -> u32 {
    function(1)
}
pub async fn owned(function: impl Fn() -> usize + 'static) -> u32 {
    function() as u32
}
pub async fn sent(_: impl Send) -> u32 {
    1
}
pub async fn length(text: &str) -> u32 {
    text.len() as u32
}
pub async fn for_ever(text: &'static str) -> u32 {
    text.len() as u32
}
pub async fn taken(text: String) -> u32 {
    text.len() as u32
}
pub async fn both(a: String, b: String) -> u32 {
    (a + &b).len() as u32
}
pub async fn taken_and_seen(a: String, b: &str) -> u32 {
    (a + b).len() as u32
}
pub async fn push(list: &mut Vec<u32>) -> u32 {
    list.push(1);
    1
}
pub async fn push_both(a: &mut Vec<u32>, b: &mut Vec<u32>) -> u32 {
    a.append(b);
    1
}
pub async fn push_all(a: &mut Vec<u32>, b: &[u32]) -> u32 {
    a.extend(b);
    1
}
pub async fn seen(text: &str) -> &str {
    text
}
pub async fn made<T: Default>() -> T {
    T::default()
}
pub async fn listed() -> Vec<u32> {
    vec![1]
}
pub async fn stores() -> Store {
    store()
}
