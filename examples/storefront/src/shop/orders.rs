//! Orders: they check, reserve and charge.

use super::background;
use crate::clients::Shop;
use crate::error::Error;
use crate::loads;
use crate::model::Order;

/// Orders seats. `strict`: nothing that could be seen begins before what is checked above has passed.
#[background(strict)]
pub fn place(shop: &Shop, customer: i32, flight: i32, seats: i32) -> Result<Order, Error> {
    #[background]
    let customer = loads::customer(shop, customer).await?;
    #[background]
    let flight = loads::flight(shop, flight).await?;
    #[background]
    let cents = loads::quote(shop, flight.id, seats).await?;
    if !customer.is_active {
        return Err(Error::Inactive(customer.id));
    }

    let mut tx = loads::begin(shop).await?;
    let left = loads::lock_seats(shop, &mut tx, flight.id).await?;
    if left < seats {
        return Err(Error::SoldOut { flight: flight.id, left });
    }
    let id = loads::insert_order(shop, &mut tx, (customer.id, flight.id), (seats, cents)).await?;
    loads::take_seats(shop, &mut tx, flight.id, seats).await?;
    loads::commit(shop, tx).await?;

    let charge = loads::charge(shop, id, cents).await;
    if let Err(Error::Refused(_)) = charge {
        let order = Order {
            id,
            customer: customer.id,
            flight: flight.id,
            seats,
            cents,
            state: String::new(),
        };
        release(shop, &order)?;
    }
    charge?;
    let mut tx = loads::begin(shop).await?;
    loads::set_state(shop, &mut tx, id, ("reserved", "paid")).await?;
    loads::commit(shop, tx).await?;
    loads::add_points(shop, customer.id, cents / 100).await?;
    let order = loads::order(shop, id).await?;
    Ok(order)
}

/// Gives the seats of an order back, that is not paid.
#[background(strict)]
pub fn release(shop: &Shop, order: &Order) -> Result<(), Error> {
    let mut tx = loads::begin(shop).await?;
    let was_reserved = loads::set_state(shop, &mut tx, order.id, ("reserved", "cancelled")).await?;
    if was_reserved {
        loads::take_seats(shop, &mut tx, order.flight, -order.seats).await?;
    }
    loads::commit(shop, tx).await?;
    Ok(())
}

/// Cancels an order, and gives the payment back.
#[background(strict)]
pub fn cancel(shop: &Shop, id: i64) -> Result<Order, Error> {
    let order = loads::order(shop, id).await?;
    let mut tx = loads::begin(shop).await?;
    let was_paid = loads::set_state(shop, &mut tx, id, ("paid", "cancelled")).await?;
    if was_paid {
        loads::take_seats(shop, &mut tx, order.flight, -order.seats).await?;
    }
    loads::commit(shop, tx).await?;
    if was_paid {
        loads::refund(shop, id).await?;
        loads::add_points(shop, order.customer, -order.cents / 100).await?;
    }
    let order = loads::order(shop, id).await?;
    Ok(order)
}

/// What was left half-way is ended: an order that was charged is paid, and any other gives its seats back.
/// It counts them.
#[background]
pub fn settle(shop: &Shop) -> Result<(usize, usize), Error> {
    let orders = loads::reserved(shop).await?;
    let (mut paid, mut cancelled) = (0, 0);
    #[background(limit = 8)]
    for order in &orders {
        let charged = loads::charged(shop, order.id).await?;
        if charged.is_some() {
            let mut tx = loads::begin(shop).await?;
            loads::set_state(shop, &mut tx, order.id, ("reserved", "paid")).await?;
            loads::commit(shop, tx).await?;
            paid += 1;
        } else {
            release(shop, order)?;
            cancelled += 1;
        }
    }
    Ok((paid, cancelled))
}

/// An order that is cancelled again: how much was left each time.
#[background]
pub fn sample(shop: &Shop) -> Result<(i32, i32), Error> {
    let order = place(shop, 1, 2, 1)?;
    let before = loads::seats_left(shop, 2).await?;
    cancel(shop, order.id)?;
    let after = loads::seats_left(shop, 2).await?;
    Ok((before, after))
}
