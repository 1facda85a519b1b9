use bridge::background;

async fn one() -> u32 {
    1
}

#[background]
fn takes_no_arguments() -> u32 {
    #[foreground(now)]
    let x = one().await;
    x
}

#[background]
fn one_is_enough() -> u32 {
    #[foreground]
    #[background]
    let x = one().await;
    x
}

#[background]
fn once_is_enough() -> u32 {
    #[background]
    #[background]
    let x = one().await;
    x
}

#[background]
fn cannot_start() -> u32 {
    #[background]
    if one().await == 1 {
        one().await;
    };
    1
}

struct Boxed {
    id: String,
}

impl Boxed {
    #[background]
    fn out_of_a_box(self: Box<Self>) -> usize {
        #[background]
        take(vec![self.id]).await;
        1
    }
}

async fn take(ids: Vec<String>) -> usize {
    ids.len()
}

fn main() {
    takes_no_arguments();
    one_is_enough();
    cannot_start();
    Box::new(Boxed { id: String::new() }).out_of_a_box();
}
