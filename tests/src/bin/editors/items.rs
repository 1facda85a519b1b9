use bridge::background;

pub struct Client;
pub struct Error;
pub type Result<T> = std::result::Result<T, Error>;
#[derive(Clone)]
pub struct User {
    pub name: String,
}
pub struct Post {
    pub title: String,
}
pub struct Feed {
    pub posts: Vec<Post>,
    pub ads: u64,
}
pub struct Page {
    pub user: User,
    pub name: String,
    pub ads: u64,
    pub other: String,
}
impl Client {
    /// The user of this number.
    pub async fn user(&self, id: u64) -> Result<User> {
        Ok(User { name: id.to_string() })
    }
    pub async fn feed(&self, user: User) -> Result<Feed> {
        Ok(feed(&user).await)
    }
    pub async fn more(&self, feed: Feed) -> Result<Feed> {
        Ok(feed)
    }
}
/// What a user reads.
pub async fn feed(user: &User) -> Feed {
    Feed { posts: vec![Post { title: user.name.clone() }], ads: 3 }
}
pub fn show(count: usize, user: &User) {
    println!("{count} {}", user.name);
}
