"""Tools of the food delivery domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, nest, new_id, read, write

from .schema import Clock, Courier, Customer, MenuItem, Order, OrderItem, Restaurant, Review

CancelReason = Literal["changed_mind", "ordered_by_mistake", "too_slow", "item_unavailable"]
Category = Literal["starter", "main", "side", "dessert", "drink"]
Cuisine = Literal[
    "italian",
    "indian",
    "japanese",
    "mexican",
    "thai",
    "korean",
    "greek",
    "ethiopian",
    "american",
    "vegan",
]
OrderStatus = Literal["placed", "accepted", "assigned", "delivered", "cancelled"]
PaymentMethod = Literal["card", "cash", "gift_card"]
RestaurantStatus = Literal["open", "paused", "closed"]
Status = Literal["available", "offline", "suspended"]
VehicleType = Literal["bicycle", "scooter", "car"]


@write
def accept_order(session: Session, order_id: str) -> dict[str, Any]:
    """Accept an order on behalf of the restaurant."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "placed":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'placed'")
    order.status = "accepted"
    session.add(order)
    session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def add_menu_item(
    session: Session,
    restaurant_id: str,
    name: str,
    category: Category,
    price: float,
    portions_available: int,
    vegetarian: bool = False,
) -> MenuItem:
    """Add an item to a restaurant's menu."""
    if session.get(Restaurant, restaurant_id) is None:
        raise ToolError(f"restaurant {restaurant_id!r} not found")
    menu_item = MenuItem(
        menu_item_id=new_id(session, MenuItem),
        restaurant_id=restaurant_id,
        name=name,
        category=category,
        price=price,
        vegetarian=vegetarian,
        portions_available=portions_available,
    )
    session.add(menu_item)
    return menu_item


@write
def assign_courier(session: Session, order_id: str, courier_id: str) -> dict[str, Any]:
    """Assign a courier to an order."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "accepted":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'accepted'")
    courier = session.get(Courier, courier_id)
    if courier is None:
        raise ToolError(f"courier {courier_id!r} not found")
    if courier.status != "available":
        raise ToolError(f"courier {courier_id!r} is {courier.status!r}; it must be 'available'")
    order.courier_id = courier_id
    order.status = "assigned"
    session.add(order)
    session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def cancel_order(session: Session, order_id: str, cancel_reason: CancelReason) -> dict[str, Any]:
    """Cancel an order that is not on its way."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status not in ("placed", "accepted"):
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'placed' or 'accepted'")
    order.cancel_reason = cancel_reason
    order.status = "cancelled"
    for item in session.exec(select(OrderItem).where(OrderItem.order_id == order.order_id)).all():
        menu_item = session.get_one(MenuItem, item.menu_item_id)
        menu_item.portions_available += item.quantity
        session.add(menu_item)
    session.add(order)
    session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def change_delivery_note(session: Session, order_id: str, delivery_note: str) -> dict[str, Any]:
    """Change the instructions for the courier."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status not in ("placed", "accepted"):
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'placed' or 'accepted'")
    order.delivery_note = delivery_note
    session.add(order)
    session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def deliver_order(session: Session, order_id: str) -> dict[str, Any]:
    """Record that an order reached the customer."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "assigned":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'assigned'")
    order.status = "delivered"
    session.add(order)
    session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@read
def find_customer_by_email(session: Session, email: str) -> Customer:
    """Find the customer with an email address."""
    query = select(Customer).where(Customer.email == email).order_by(Customer.customer_id)
    customer = session.exec(query).first()
    if customer is None:
        raise ToolError(f"no customer matches email {email!r}")
    return customer


@read
def get_order(session: Session, order_id: str) -> dict[str, Any]:
    """Get an order with its items, total, courier and status."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@read
def get_restaurant(session: Session, restaurant_id: str) -> Restaurant:
    """Get a restaurant's address, cuisine, rating, delivery charge and status."""
    restaurant = session.get(Restaurant, restaurant_id)
    if restaurant is None:
        raise ToolError(f"restaurant {restaurant_id!r} not found")
    return restaurant


@read
def list_couriers(
    session: Session,
    city: str | None = None,
    vehicle_type: VehicleType | None = None,
    status: Status | None = None,
    limit: int = 20,
) -> list[Courier]:
    """List couriers, optionally only those in one city, with one kind of vehicle or with one status."""
    query = select(Courier).order_by(Courier.courier_id)
    if city is not None:
        query = query.where(Courier.city == city)
    if vehicle_type is not None:
        query = query.where(Courier.vehicle_type == vehicle_type)
    if status is not None:
        query = query.where(Courier.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_menu_items(
    session: Session,
    restaurant_id: str,
    category: Category | None = None,
    vegetarian: bool | None = None,
    max_price: float | None = None,
    limit: int = 20,
) -> list[MenuItem]:
    """List the menu of a restaurant, optionally only one section, vegetarian items or items up to a price."""
    if session.get(Restaurant, restaurant_id) is None:
        raise ToolError(f"restaurant {restaurant_id!r} not found")
    query = select(MenuItem).where(MenuItem.restaurant_id == restaurant_id).order_by(MenuItem.menu_item_id)
    if category is not None:
        query = query.where(MenuItem.category == category)
    if vegetarian is not None:
        query = query.where(MenuItem.vegetarian == vegetarian)
    if max_price is not None:
        query = query.where(MenuItem.price <= max_price)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_orders(
    session: Session,
    customer_id: str | None = None,
    restaurant_id: str | None = None,
    courier_id: str | None = None,
    status: OrderStatus | None = None,
    min_total: float | None = None,
    max_total: float | None = None,
    limit: int = 20,
) -> list[dict[str, Any]]:
    """List orders, optionally only those of one customer, restaurant, courier or status, or with a total in a range."""
    query = select(Order).order_by(Order.order_id)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    if restaurant_id is not None:
        query = query.where(Order.restaurant_id == restaurant_id)
    if courier_id is not None:
        query = query.where(Order.courier_id == courier_id)
    if status is not None:
        query = query.where(Order.status == status)
    if min_total is not None:
        query = query.where(Order.total >= min_total)
    if max_total is not None:
        query = query.where(Order.total <= max_total)
    query = query.limit(limit)
    return [
        nest(
            order,
            items=session.exec(
                select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
            ).all(),
        )
        for order in session.exec(query)
    ]


@read
def list_reviews(
    session: Session,
    restaurant_id: str | None = None,
    customer_id: str | None = None,
    min_rating: int | None = None,
    max_rating: int | None = None,
    limit: int = 20,
) -> list[Review]:
    """List reviews, optionally only those of one restaurant, by one customer or with a rating in a range."""
    query = select(Review).order_by(Review.review_id)
    if restaurant_id is not None:
        query = query.where(Review.restaurant_id == restaurant_id)
    if customer_id is not None:
        query = query.where(Review.customer_id == customer_id)
    if min_rating is not None:
        query = query.where(Review.rating >= min_rating)
    if max_rating is not None:
        query = query.where(Review.rating <= max_rating)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def pause_restaurant(session: Session, restaurant_id: str) -> Restaurant:
    """Pause a restaurant, which takes no orders until it is resumed."""
    restaurant = session.get(Restaurant, restaurant_id)
    if restaurant is None:
        raise ToolError(f"restaurant {restaurant_id!r} not found")
    if restaurant.status != "open":
        raise ToolError(f"restaurant {restaurant_id!r} is {restaurant.status!r}; it must be 'open'")
    restaurant.status = "paused"
    session.add(restaurant)
    return restaurant


@write
def place_order(
    session: Session,
    customer_id: str,
    restaurant_id: str,
    items: list[dict[str, Any]],
    payment_method: PaymentMethod = "card",
    delivery_note: str | None = None,
) -> dict[str, Any]:
    """Place an order with a restaurant."""
    if session.get(Customer, customer_id) is None:
        raise ToolError(f"customer {customer_id!r} not found")
    restaurant = session.get(Restaurant, restaurant_id)
    if restaurant is None:
        raise ToolError(f"restaurant {restaurant_id!r} not found")
    if restaurant.status != "open":
        raise ToolError(f"restaurant {restaurant_id!r} is {restaurant.status!r}; it must be 'open'")
    if not items:
        raise ToolError("items is empty; give at least one")
    order = Order(
        order_id=new_id(session, Order),
        customer_id=customer_id,
        restaurant_id=restaurant_id,
        total=0.0,
        payment_method=payment_method,
        delivery_note=delivery_note,
        status="placed",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(order)
    session.flush()
    for line in items:
        menu_item = session.get(MenuItem, line["menu_item_id"])
        if menu_item is None:
            raise ToolError(f"menu item {line['menu_item_id']!r} not found")
        if menu_item.portions_available < line["quantity"]:
            raise ToolError(
                f"menu item {line['menu_item_id']!r}: portions available is {menu_item.portions_available!r}, {line['quantity']!r} needed"
            )
        menu_item.portions_available -= line["quantity"]
        session.add(menu_item)
        order.total = round(order.total + menu_item.price * line["quantity"], 2)
        session.add(
            OrderItem(
                order_item_id=new_id(session, OrderItem),
                order_id=order.order_id,
                menu_item_id=line["menu_item_id"],
                quantity=line["quantity"],
                unit_price=menu_item.price,
            )
        )
        session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def register_customer(
    session: Session,
    first_name: str,
    last_name: str,
    email: str,
    address: str,
    city: str,
    postal_code: str,
    phone: str | None = None,
) -> Customer:
    """Register a new customer."""
    customer = Customer(
        customer_id=new_id(session, Customer),
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        address=address,
        city=city,
        postal_code=postal_code,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(customer)
    return customer


@write
def resume_restaurant(session: Session, restaurant_id: str) -> Restaurant:
    """Let a paused restaurant take orders again."""
    restaurant = session.get(Restaurant, restaurant_id)
    if restaurant is None:
        raise ToolError(f"restaurant {restaurant_id!r} not found")
    if restaurant.status != "paused":
        raise ToolError(f"restaurant {restaurant_id!r} is {restaurant.status!r}; it must be 'paused'")
    restaurant.status = "open"
    session.add(restaurant)
    return restaurant


@read
def search_restaurants(
    session: Session,
    query_: str | None = None,
    cuisine: Cuisine | None = None,
    city: str | None = None,
    min_average_rating: float | None = None,
    max_delivery_charge: float | None = None,
    status: RestaurantStatus | None = None,
    limit: int = 20,
) -> list[Restaurant]:
    """Search restaurants by name, cuisine, city, rating and delivery charge."""
    query = select(Restaurant).order_by(Restaurant.restaurant_id)
    if query_ is not None:
        query = query.where(Restaurant.name.icontains(query_, autoescape=True))
    if cuisine is not None:
        query = query.where(Restaurant.cuisine == cuisine)
    if city is not None:
        query = query.where(Restaurant.city == city)
    if min_average_rating is not None:
        query = query.where(Restaurant.average_rating >= min_average_rating)
    if max_delivery_charge is not None:
        query = query.where(Restaurant.delivery_charge <= max_delivery_charge)
    if status is not None:
        query = query.where(Restaurant.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def set_order_tip(session: Session, order_id: str, tip: float) -> dict[str, Any]:
    """Set the tip for the courier."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "delivered":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'delivered'")
    order.tip = tip
    session.add(order)
    session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def submit_review(
    session: Session,
    customer_id: str,
    restaurant_id: str,
    rating: int,
    comment: str | None = None,
) -> Review:
    """Submit a review of a restaurant."""
    if session.get(Customer, customer_id) is None:
        raise ToolError(f"customer {customer_id!r} not found")
    if session.get(Restaurant, restaurant_id) is None:
        raise ToolError(f"restaurant {restaurant_id!r} not found")
    review = Review(
        review_id=new_id(session, Review),
        customer_id=customer_id,
        restaurant_id=restaurant_id,
        rating=rating,
        comment=comment,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(review)
    return review


@write
def update_customer_address(
    session: Session,
    customer_id: str,
    address: str | None = None,
    city: str | None = None,
    postal_code: str | None = None,
) -> Customer:
    """Update the address a customer's orders are delivered to."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    if address is None and city is None and postal_code is None:
        raise ToolError("nothing to change; give address or city or postal_code")
    if address is not None:
        customer.address = address
    if city is not None:
        customer.city = city
    if postal_code is not None:
        customer.postal_code = postal_code
    session.add(customer)
    return customer


@write
def update_menu_item(
    session: Session,
    menu_item_id: str,
    price: float | None = None,
    portions_available: int | None = None,
) -> MenuItem:
    """Update the price or supply of a menu item."""
    menu_item = session.get(MenuItem, menu_item_id)
    if menu_item is None:
        raise ToolError(f"menu item {menu_item_id!r} not found")
    if price is None and portions_available is None:
        raise ToolError("nothing to change; give price or portions_available")
    if price is not None:
        menu_item.price = price
    if portions_available is not None:
        menu_item.portions_available = portions_available
    session.add(menu_item)
    return menu_item
