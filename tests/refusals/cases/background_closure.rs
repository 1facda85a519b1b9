use bridge::background_closure;

async fn get(n: u32) -> Result<u32, String> {
    Ok(n)
}

fn main() {
    let _no_type = background_closure!(|n: u32| {
        let x = get(n).await?;
        let y = get(x).await?;
        Ok::<u32, String>(x + y)
    });
    let _nothing = background_closure!(|n: u32| async move { get(n).await });
    let _explained = background_closure!(
        #[background(explain)]
        |n: u32| get(n).await
    );
    let _unknown = background_closure!(
        #[background(size = 3)]
        |n: u32| get(n).await
    );
    let _no_closure = background_closure!(get(3).await);
}
