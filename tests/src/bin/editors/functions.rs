use crate::items::*;
#[allow(unused_imports)]
use bridge::background;

// Each function is read twice, with the attribute and as a plain `async fn`. Where
// a mark is, an editor is asked: `/*?*/` about the name that follows, `/*+text*/`
// what could stand at the bar in `text` if that were typed there.

/*form*/
fn hovers(
    client: &Client,
    id: u64,
) -> Result<Page> {
    let /*?*/user = client./*?*/user(/*?*/id)./*?*/await?;
    let Feed { /*?*/posts, /*?*/ads: ads } = /*?*/feed(&/*?*/user).await;
    let (left, /*?*/right) = (feed(&user).await, client.user(id + 1).await?);
    let Some(/*?*/first) = /*?*/posts.first() else { return Err(Error) };
    let name = /*?*/first./*?*/title.clone();
    Ok(/*?*/Page { /*?*/user, name, ads: /*?*/ads + left.ads, other: /*?*/right./*?*/name })
}

/*form*/
fn scopes(
    client: &Client,
    ids: &[u64],
) -> Result<Vec<String>> {
    let mut /*?*/all = Vec::new();
    for /*?*/id in /*?*/ids {
        let /*?*/user = client.user(*/*?*/id).await?;
        if /*?*/user.name.is_empty() {
            /*?*/all.push(format!("{} of {}", feed(&/*?*/user).await.ads, /*?*/id));
        } else {
            match feed(&user).await { Feed { /*?*/ads, .. } => all.push(/*?*/ads.to_string()) }
        }
    }
    let /*?*/count = /*?*/all.len();
    println!("{count} of {}", /*?*/count);
    Ok(/*?*/all)
}

/*form*/
fn chained(
    client: &Client,
    id: u64,
) -> Result<usize> {
    let slow = client.user(id).await?;
    let /*?*/quick = client.user(id + 1).await?;
    let /*?*/feed_of = feed(&/*?*/quick).await;
    let /*?*/more = client.more(/*?*/feed_of).await?;
    let rest = client.more(client.feed(/*?*/quick).await?).await?;
    let own = slow.name.len() + /*?*/more./*?*/posts.len();
    Ok(/*?*/own + /*?*/rest.posts.len())
}

/*form*/
fn limited(
    client: &Client,
    ids: &[u64],
) -> Result<usize> {
    let mut total = 0;
    /*limit*/
    for /*?*/id in ids {
        let /*?*/user = client./*?*/user(*/*?*/id).await?;
        let feed_of = feed(&/*?*/user).await;
        /*?*/total += /*?*/feed_of./*?*/posts.len();
    }
    Ok(/*?*/total)
}

/*form*/
fn in_arguments(
    client: &Client,
    id: u64,
) -> Result<usize> {
    let user = client.user(id).await?;
    /*+let own = client.user(i|).await?;*/
    /*+let feed_of = feed(&us|).await;*/
    /*+let feed_of = feed(&user.|).await;*/
    let feed_of = feed(&user/*+.|*/).await;
    /*+let more = client.more(fe|).await?;*/
    /*+let more = client.more(feed_of.|).await?;*/
    /*+let more = client.more(Feed { posts: |}).await?;*/
    let more = client.more(feed_of).await?;
    let count = more.posts.len()/*+ + mo|*/;
    /*+show(co|, &user);*/
    /*+show(count, &us|);*/
    show(count, &user/*+.|*/);
    Ok(count)
}

/*form*/
fn on_half_typed_lines(
    client: &Client,
    id: u64,
) -> Result<usize> {
    /*+client.|*/
    let user = client.user(id).await?;
    /*+user.|*/
    /*+let name = user.|*/
    /*+let more = client.|*/
    /*+let more = client.user(id).|*/
    /*+let more = client.user(id).await.|*/
    /*+let more = client.user(id).await?.|*/
    /*+let more = client.more(us|*/
    /*+let more = feed(&us|)*/
    /*+let Feed { |*/
    /*+if user.|*/
    /*+for x in us|*/
    /*+match feed(&user).await { Feed { |*/
    /*+show(1, &us|*/
    let feed_of = feed(&user).await;
    /*+feed_of.|*/
    /*+let x = Page { |*/
    /*+fe|*/
    /*+let wrong: u64 = user|;*/
    /*+let wrong = client.nothing(user|).await?;*/
    /*+show(user|, 1);*/
    Ok(feed_of.posts.len()/*+ + feed_of.|*/)
}
