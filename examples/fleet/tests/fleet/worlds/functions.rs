// Functions of the forms that overlap, whose calls are jobs. Included twice: with the attribute, and with its
// serial twin.

#[background]
pub(super) fn side_by_side(world: &World<'_>) -> Result<u64, FleetError> {
    let a = world.get("a", 1).await?;
    let b = world.get("b", 2).await?;
    Ok(100 * a + b)
}

#[background]
pub(super) fn diamond(world: &World<'_>) -> Result<u64, FleetError> {
    let top = world.get("top", 1).await?;
    let left = world.get("left", top).await?;
    let right = world.get("right", top).await?;
    let bottom = world.get("bottom", 100 * left + right).await?;
    Ok(bottom)
}

#[background]
pub(super) fn chains(world: &World<'_>) -> Result<(u64, u64), FleetError> {
    let a = world.get("a", 1).await?;
    let half = a / 2;
    let more = world.get("more", half).await?;
    let b = world.get("b", 1).await?;
    let double = 2 * b;
    let last = world.get("last", double).await?;
    Ok((more, last))
}

#[background]
pub(super) fn branches(world: &World<'_>) -> Result<Vec<u64>, FleetError> {
    let mut found = Vec::new();
    let a = world.get("a", 1).await?;
    let b = if a % 2 == 0 { world.get("even", a).await? } else { 7 };
    let Ok(c) = world.get("c", 3).await else { return Ok(vec![a, b]) };
    found.push(world.get("first", c).await?);
    found.push(world.get("second", b).await?);
    Ok(found)
}

#[background]
pub(super) fn in_order(world: &World<'_>) -> Result<Vec<u64>, FleetError> {
    let mut found = Vec::new();
    #[background(limit = 4)]
    for n in 0..12 {
        let a = world.get("a", n).await?;
        let b = world.get("b", a).await?;
        if b % 11 == 0 {
            continue;
        }
        found.push(b);
        if found.len() > 8 {
            break;
        }
    }
    Ok(found)
}

#[background]
pub(super) fn values(world: &World<'_>) -> Result<Vec<Value>, FleetError> {
    let mut found = Vec::new();
    #[background(limit = 8)]
    for value in world.values() {
        let back = world.fleet.call(GIVE_BACK, &value).await?;
        found.push(back);
    }
    Ok(found)
}
