//! Functions in all forms that an expression has, without anything to warn of.

use crate::world::*;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::Future;

#[background]
pub async fn two_calls() -> u32 {
    let a = number(1).await;
    let b = number(2).await;
    a + b
}

#[background]
pub async fn one_call() -> u32 {
    let a = number(1).await;
    a + 1
}

#[background]
pub async fn only_a_tail() -> u32 {
    number(1).await
}

#[background]
pub async fn typed_lets() -> u64 {
    let a: u32 = number(1).await;
    let b: u32 = number(2).await;
    u64::from(a) + u64::from(b)
}

#[background]
pub async fn mutable_lets() -> u32 {
    let mut a = number(1).await;
    let mut b = number(2).await;
    a += b;
    b += a;
    a + b
}

#[background]
pub async fn declared_above() -> u32 {
    let mut a;
    let b = number(2).await;
    loop {
        a = number(b).await;
        if a > 1 {
            break;
        }
    }
    a + b
}

#[background]
pub async fn shadowing() -> u32 {
    let a = number(1).await;
    let a = number(a).await;
    let b = number(2).await;
    a + b
}

#[background]
pub async fn tuples() -> u32 {
    let (a, b) = (number(1).await, number(2).await);
    let (c, d) = pair().await;
    a + b + c + d
}

async fn pair() -> (u32, u32) {
    (1, 2)
}

#[background]
pub async fn structs() -> u32 {
    let Pair { left, right } = Pair { left: number(1).await, right: number(2).await };
    let Store { id, .. } = stored(3).await;
    left + right + id
}

#[background]
pub async fn slices_and_bindings() -> u32 {
    let list = [number(1).await, number(2).await, number(3).await];
    let [first, .., last] = list;
    let all @ 0..=u32::MAX = number(first).await;
    all + last
}

#[background]
pub async fn chains() -> Result<u32, Error> {
    let a = fallible(1).await?;
    let b = fallible(fallible(2).await?).await?;
    let c = fallible(3).await.map(|n| n + 1)?;
    Ok(a + b + c)
}

#[background]
pub async fn adapters() -> Result<u32, String> {
    let a = fallible(1).await.map_err(|error| format!("{error:?}"))?;
    let b = fallible(2).await.unwrap_or_default();
    let c = option(3).await.ok_or_else(|| "none".to_owned())?;
    Ok(a + b + c)
}

#[background]
pub async fn options() -> Option<u32> {
    let a = option(1).await?;
    let b = option(2).await.filter(|n| *n > 1)?;
    Some(a + b)
}

#[background]
pub async fn handed_on() -> u32 {
    let slow = number(9).await;
    let text = named(1).await;
    let length = taken(text).await;
    slow + length
}

#[background]
pub async fn lent() -> u32 {
    let slow = number(9).await;
    let text = named(1).await;
    let first = length(&text).await;
    let second = length(&text).await;
    let last = taken(text).await;
    slow + first + second + last
}

#[background]
pub async fn looked_at() -> u32 {
    let slow = number(9).await;
    let n = number(1).await;
    let a = look(&n).await;
    let b = look(&n).await;
    slow + n + a + b
}

#[background]
pub async fn borrowed_values(text: &str) -> u32 {
    let part = seen(text).await;
    let n = length(part).await;
    let m = length(text).await;
    n + m
}

#[background]
pub async fn changed_places() -> usize {
    let mut list = listed().await;
    let a = push(&mut list, 1).await;
    let b = push(&mut list, 2).await;
    list.push(a + b);
    let total = number(3).await;
    list.len() + total as usize
}

#[background]
pub async fn fields(store: &mut Store) -> u32 {
    let a = push(&mut store.list, 1).await;
    let b = length(&store.text).await;
    store.id += a;
    store.id + b
}

#[background]
pub async fn conditions(n: u32) -> u32 {
    if number(n).await > 1 && number(2).await == 2 {
        let a = number(1).await;
        let b = number(2).await;
        a + b
    } else if number(3).await == 3 || n == 0 {
        number(4).await
    } else {
        0
    }
}

#[background]
pub async fn if_lets(n: u32) -> u32 {
    if let Some(a) = option(n).await {
        let b = number(a).await;
        let c = number(2).await;
        b + c
    } else {
        number(1).await
    }
}

#[background]
pub async fn let_else(n: u32) -> u32 {
    let Some(a) = option(n).await else { return number(0).await };
    let b = number(a).await;
    a + b
}

#[background]
pub async fn conditional_lets(n: u32) -> u32 {
    let a = if n > 1 { number(n).await } else { 0 };
    let b = match n {
        0 => number(1).await,
        other => other,
    };
    a + b
}

#[background]
pub async fn matches(n: u32) -> u32 {
    match number(n).await {
        0 => number(1).await,
        1 | 2 => {
            let a = number(2).await;
            let b = number(3).await;
            a + b
        }
        n if number(n).await > 3 => n,
        _ => 0,
    }
}

#[background]
pub async fn nested_blocks() -> u32 {
    let a = {
        let x = number(1).await;
        let y = number(2).await;
        x + y
    };
    let b = number(a).await;
    a + b
}

#[background]
pub async fn loops() -> u32 {
    let mut sum = 0;
    for n in 0..3 {
        let a = number(n).await;
        let b = number(n + 1).await;
        if a == b {
            continue;
        }
        sum += a + b;
    }
    sum
}

#[background]
pub async fn whiles() -> u32 {
    let mut sum = 0;
    while number(sum).await < 5 {
        let a = number(1).await;
        let b = number(2).await;
        sum += a + b;
    }
    while let Some(n) = option(sum).await.filter(|n| *n < 9) {
        sum = n + 1;
    }
    sum
}

#[background]
pub async fn endless() -> u32 {
    let mut sum = 0;
    loop {
        let a = number(sum).await;
        let b = number(1).await;
        sum = a + b;
        if sum > 3 {
            break sum;
        }
    }
}

#[background]
pub async fn labels() -> u32 {
    'outer: for n in 0..3 {
        for m in 0..3 {
            let a = number(n).await;
            let b = number(m).await;
            if a > b {
                continue 'outer;
            }
            if a + b > 3 {
                return a;
            }
        }
    }
    0
}

#[background]
pub async fn limited_loop() -> u32 {
    let mut sum = 0;
    #[background(limit = 4)]
    for n in 0..3 {
        let a = number(n).await;
        let b = number(a).await;
        sum += a + b;
    }
    sum
}

#[background]
pub async fn limited_and_mutable(list: &[u32]) -> u32 {
    let mut sum = 0;
    #[background(limit = 2)]
    for n in list {
        let mut a = number(*n).await;
        a += 1;
        sum += a;
        pause().await;
    }
    sum
}

#[background]
pub async fn limited_pairs(map: &BTreeMap<u32, String>) -> usize {
    let mut all = Vec::new();
    #[background(limit = 2)]
    for (key, value) in map {
        let a = length(value).await;
        let b = number(*key).await;
        all.push(a + b);
    }
    all.len()
}

#[background]
pub async fn limited_and_in_the_foreground(list: &[String]) -> usize {
    let mut all = Vec::new();
    #[background(limit = 2)]
    for name in list {
        let part = name.as_str();
        let a = length(part).await;
        let b = {
            let inner = length(part).await;
            inner + 1
        };
        #[foreground]
        all.push(a + b);
        if a > b {
            #[foreground]
            pause().await;
        }
    }
    all.len()
}

#[background]
pub async fn statements() {
    pause().await;
    let a = number(1).await;
    pause().await;
    let b = number(2).await;
    drop([a, b].to_vec());
}

#[background]
pub async fn markers() -> u32 {
    #[foreground]
    let a = number(1).await;
    #[background] pause().await;
    let b = number(2).await;
    #[foreground]
    pause().await;
    a + b
}

#[background]
pub async fn ignored_values() -> u32 {
    let _ = number(1).await;
    let _kept = number(2).await;
    number(3).await;
    number(4).await
}

#[background]
pub async fn assignments() -> u32 {
    let mut n = number(1).await;
    n = number(n).await + 1;
    n += number(2).await;
    n
}

#[background]
pub async fn returns(n: u32) -> Result<u32, Error> {
    if n == 0 {
        return Ok(number(1).await);
    }
    if n == 1 {
        return Err(Error);
    }
    fallible(n).await
}

#[background]
pub async fn operands() -> u32 {
    let a = sum(number(1).await, number(2).await);
    let b = number(3).await * number(4).await + number(5).await;
    let c = [number(6).await, number(7).await];
    sum(a, b) + sum(c[0], c[1])
}

#[background]
pub async fn parentheses() -> u32 {
    let a = (number(1)).await;
    let b = (number(2)).await;
    pause().await;
    a + b + (number(3)).await
}

#[background]
pub async fn unary_and_casts() -> i64 {
    let a = -(i64::from(number(1).await));
    let b = !u32::is_power_of_two(number(2).await);
    let c = *listed().await.first().unwrap_or(&0);
    a + i64::from(b) + i64::from(c)
}

#[background]
pub async fn indices_and_ranges() -> u32 {
    let list = listed().await;
    let at = number(0).await as usize;
    let mut sum = list[at];
    for n in number(1).await..number(3).await {
        sum += n;
    }
    sum
}

#[background]
pub async fn method_chains() -> usize {
    let words = named(1).await.trim().len();
    let more = named(2).await.chars().rev().collect::<String>().len();
    words + more
}

#[background]
pub async fn receivers(store: &Store) -> u32 {
    let a = store.load(1).await;
    let b = store.load(2).await;
    a + b
}

#[background]
pub async fn macros() -> String {
    let a = number(1).await;
    let b = number(2).await;
    assert_eq!(a, number(1).await, "it is {}", number(1).await);
    assert!(number(2).await == b);
    let mut list = vec![number(1).await, number(2).await];
    list.push(3);
    format!("{a}{b}{}{}", list.len(), number(3).await)
}

#[background]
pub async fn closures() -> u32 {
    let factor = number(2).await;
    let double = |n: u32| n * factor;
    let list = listed().await;
    let total: u32 = list.iter().map(|n| double(*n)).sum();
    let more = number(total).await;
    more + total
}

#[background]
pub async fn async_blocks() -> u32 {
    let block = async {
        let a = number(1).await;
        let b = number(2).await;
        a + b
    };
    let a = block.await;
    let b = async { number(3).await }.await;
    a + b
}

#[background]
pub async fn boxed(call: Box<dyn Future<Output = u32> + Unpin>) -> u32 {
    let a = call.await;
    let b = number(1).await;
    a + b
}

#[background]
pub async fn nested_items() -> u32 {
    const FACTOR: u32 = 2;
    async fn inner(n: u32) -> u32 {
        number(n).await * FACTOR
    }
    let a = inner(1).await;
    let b = inner(2).await;
    a + b
}

#[background]
pub async fn generic<T: Display + Sync, E: From<Error>>(value: &T) -> Result<String, E> {
    let a = fallible(1).await?;
    let b = fallible(2).await?;
    Ok(format!("{value}{a}{b}"))
}

#[background]
pub async fn where_clauses<I>(list: I) -> u32
where
    I: IntoIterator<Item = u32>,
{
    let mut sum = 0;
    for n in list {
        let a = number(n).await;
        sum += a;
    }
    sum
}

#[background]
pub async fn opaque(n: u32) -> impl Iterator<Item = u32> {
    let a = number(n).await;
    let b = number(5).await;
    a..b
}

#[background]
pub async fn patterns_in_parameters((a, b): (u32, u32), Pair { left, .. }: Pair) -> u32 {
    let c = number(a).await;
    let d = number(b).await;
    c + d + left
}

#[background]
pub async fn mutable_parameter(mut list: Vec<u32>) -> Vec<u32> {
    let a = number(1).await;
    let b = number(2).await;
    list.extend([a, b]);
    list
}

#[background]
pub async fn raw_identifiers(r#type: u32) -> u32 {
    let r#match = number(r#type).await;
    let r#loop = number(2).await;
    r#match + r#loop
}

#[background]
pub async fn attributes() -> u32 {
    #[cfg(not(test))]
    let a = number(1).await;
    #[cfg(test)]
    let a = number(2).await;
    #[allow(unused_variables)]
    let unused = number(3).await;
    #[rustfmt::skip]
    let b = number(4).await;
    a + b
}

/// Documented.
#[background]
#[must_use]
pub async fn attributes_of_the_function() -> u32 {
    let a = number(1).await;
    let b = number(2).await;
    a + b
}

#[background]
pub async fn inner_attributes() -> u32 {
    #![allow(clippy::let_and_return)]
    let a = number(1).await;
    let b = number(a).await;
    b
}

#[background]
pub async fn unit_values() {
    pause().await;
    pause().await
}

#[background]
pub async fn early_end(n: u32) -> u32 {
    let a = number(n).await;
    if a == 0 {
        return a;
    }
    let b = number(a).await;
    let c = number(2).await;
    b + c
}

#[background]
pub async fn recursive(n: u32) -> u32 {
    let a = number(n).await;
    let b = number(n + 1).await;
    if a > 3 { a } else { b }
}

impl Store {
    #[background]
    pub async fn by_reference(&self) -> u32 {
        let a = self.load(1).await;
        let b = self.load(self.id).await;
        a + b
    }

    #[background]
    pub async fn by_mutable_reference(&mut self) -> u32 {
        let a = self.load(1).await;
        let b = push(&mut self.list, a).await;
        self.id += b;
        self.id
    }

    #[background]
    pub async fn by_value(mut self) -> Self {
        let a = self.load(3).await;
        let b = self.load(4).await;
        self.id = a + b;
        self
    }

    #[background]
    pub async fn by_box(mut self: Box<Self>) -> Box<Self> {
        let a = self.load(3).await;
        let b = length(&self.text).await;
        self.id = a + b;
        self
    }

    #[background]
    pub async fn made() -> Self {
        let mut store = stored(1).await;
        let list = listed().await;
        store.list = list;
        store
    }
}
