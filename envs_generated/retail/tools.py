"""Tools of the retail domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, nest, new_id, read, write

from .schema import Clock, ExchangeRequest, Order, OrderItem, Product, ReturnRequest, Review, User

CancelReason = Literal["no_longer_needed", "ordered_by_mistake", "found_better_price", "delivery_too_slow"]
Category = Literal[
    "backpack",
    "jacket",
    "running shoes",
    "desk lamp",
    "office chair",
    "headphones",
    "coffee maker",
    "water bottle",
]
PaymentMethod = Literal["credit_card", "paypal", "gift_card", "bank_transfer"]
Reason = Literal["wrong_size", "wrong_color", "damaged", "changed_mind"]
RefundMethod = Literal["original_payment", "store_credit"]
ReturnRequestReason = Literal["damaged", "wrong_item", "does_not_fit", "not_as_described", "changed_mind"]
ReturnRequestStatus = Literal["open", "approved", "received", "refunded", "cancelled"]
Status = Literal["pending", "processing", "shipped", "delivered", "cancelled"]


@write
def cancel_exchange_request(session: Session, exchange_request_id: str) -> ExchangeRequest:
    """Cancel an exchange request."""
    exchange_request = session.get(ExchangeRequest, exchange_request_id)
    if exchange_request is None:
        raise ToolError(f"exchange request {exchange_request_id!r} not found")
    if exchange_request.status != "open":
        raise ToolError(f"exchange request {exchange_request_id!r} is {exchange_request.status!r}; it must be 'open'")
    exchange_request.status = "cancelled"
    session.add(exchange_request)
    return exchange_request


@write
def cancel_pending_order(session: Session, order_id: str, reason: CancelReason) -> dict[str, Any]:
    """Cancel an order that is not being prepared yet."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "pending":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'pending'")
    order.cancel_reason = reason
    order.status = "cancelled"
    for item in session.exec(select(OrderItem).where(OrderItem.order_id == order.order_id)).all():
        product = session.get_one(Product, item.product_id)
        product.stock += item.quantity
        session.add(product)
    session.add(order)
    session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def cancel_return_request(session: Session, return_request_id: str) -> ReturnRequest:
    """Cancel a return request."""
    return_request = session.get(ReturnRequest, return_request_id)
    if return_request is None:
        raise ToolError(f"return request {return_request_id!r} not found")
    if return_request.status != "open":
        raise ToolError(f"return request {return_request_id!r} is {return_request.status!r}; it must be 'open'")
    return_request.status = "cancelled"
    session.add(return_request)
    return return_request


@write
def change_order_payment_method(session: Session, order_id: str, payment_method: PaymentMethod) -> dict[str, Any]:
    """Change how an order is paid."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "pending":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'pending'")
    order.payment_method = payment_method
    session.add(order)
    session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def change_user_email(session: Session, user_id: str, email: str) -> User:
    """Change the email address of a user."""
    user = session.get(User, user_id)
    if user is None:
        raise ToolError(f"user {user_id!r} not found")
    user.email = email
    session.add(user)
    return user


@read
def count_orders(session: Session, user_id: str, status: Status | None = None) -> int:
    """Count the orders of a user, optionally only those with one status."""
    if session.get(User, user_id) is None:
        raise ToolError(f"user {user_id!r} not found")
    query = select(Order).where(Order.user_id == user_id)
    if status is not None:
        query = query.where(Order.status == status)
    return len(session.exec(query).all())


@write
def create_exchange_request(
    session: Session,
    order_item_id: str,
    new_product_id: str,
    reason: Reason,
) -> ExchangeRequest:
    """Create a request to swap an item of an order for another product."""
    if session.get(OrderItem, order_item_id) is None:
        raise ToolError(f"order item {order_item_id!r} not found")
    if session.get(Product, new_product_id) is None:
        raise ToolError(f"product {new_product_id!r} not found")
    exchange_request = ExchangeRequest(
        exchange_request_id=new_id(session, ExchangeRequest),
        order_item_id=order_item_id,
        new_product_id=new_product_id,
        reason=reason,
        status="open",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(exchange_request)
    return exchange_request


@write
def create_return_request(
    session: Session,
    order_id: str,
    reason: ReturnRequestReason,
    refund_method: RefundMethod = "original_payment",
) -> ReturnRequest:
    """Create a request to send back an order for a refund."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "delivered":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'delivered'")
    return_request = ReturnRequest(
        return_request_id=new_id(session, ReturnRequest),
        order_id=order_id,
        reason=reason,
        refund_method=refund_method,
        status="open",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(return_request)
    return return_request


@write
def delete_review(session: Session, review_id: str) -> Review:
    """Delete a review."""
    review = session.get(Review, review_id)
    if review is None:
        raise ToolError(f"review {review_id!r} not found")
    session.delete(review)
    return review


@read
def find_user_id_by_email(session: Session, email: str) -> str:
    """Find the identifier of the user with an email address."""
    query = select(User).where(User.email == email).order_by(User.user_id)
    user = session.exec(query).first()
    if user is None:
        raise ToolError(f"no user matches email {email!r}")
    return user.user_id


@read
def get_exchange_request(session: Session, exchange_request_id: str) -> ExchangeRequest:
    """Get an exchange request and its status."""
    exchange_request = session.get(ExchangeRequest, exchange_request_id)
    if exchange_request is None:
        raise ToolError(f"exchange request {exchange_request_id!r} not found")
    return exchange_request


@read
def get_order_details(session: Session, order_id: str) -> dict[str, Any]:
    """Get an order with its items, status, total and delivery address."""
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
def get_product_details(session: Session, product_id: str) -> Product:
    """Get a product's price, stock, color and rating."""
    product = session.get(Product, product_id)
    if product is None:
        raise ToolError(f"product {product_id!r} not found")
    return product


@read
def get_user_details(session: Session, user_id: str) -> User:
    """Get a user's name, contact details, default address and membership."""
    user = session.get(User, user_id)
    if user is None:
        raise ToolError(f"user {user_id!r} not found")
    return user


@read
def list_orders(
    session: Session,
    user_id: str | None = None,
    status: Status | None = None,
    limit: int = 20,
) -> list[dict[str, Any]]:
    """List orders, optionally only those of one user or with one status."""
    query = select(Order).order_by(Order.order_id)
    if user_id is not None:
        query = query.where(Order.user_id == user_id)
    if status is not None:
        query = query.where(Order.status == status)
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
def list_return_requests(
    session: Session,
    order_id: str | None = None,
    status: ReturnRequestStatus | None = None,
    limit: int = 20,
) -> list[ReturnRequest]:
    """List return requests, optionally only those of one order or with one status."""
    query = select(ReturnRequest).order_by(ReturnRequest.return_request_id)
    if order_id is not None:
        query = query.where(ReturnRequest.order_id == order_id)
    if status is not None:
        query = query.where(ReturnRequest.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_reviews(
    session: Session,
    product_id: str | None = None,
    user_id: str | None = None,
    min_rating: int | None = None,
    limit: int = 20,
) -> list[Review]:
    """List product reviews, optionally only those of one product, of one user or with at least a given rating."""
    query = select(Review).order_by(Review.review_id)
    if product_id is not None:
        query = query.where(Review.product_id == product_id)
    if user_id is not None:
        query = query.where(Review.user_id == user_id)
    if min_rating is not None:
        query = query.where(Review.rating >= min_rating)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def modify_order_address(
    session: Session,
    order_id: str,
    address: str,
    city: str,
    state: str,
    postal_code: str,
    country: str,
) -> dict[str, Any]:
    """Change the delivery address of an order."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "pending":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'pending'")
    order.address = address
    order.city = city
    order.state = state
    order.postal_code = postal_code
    order.country = country
    session.add(order)
    session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def place_order(
    session: Session,
    user_id: str,
    items: list[dict[str, Any]],
    payment_method: PaymentMethod,
    address: str,
    city: str,
    state: str,
    postal_code: str,
    country: str,
) -> dict[str, Any]:
    """Place an order for one or more products."""
    if session.get(User, user_id) is None:
        raise ToolError(f"user {user_id!r} not found")
    if not items:
        raise ToolError("items is empty; give at least one")
    order = Order(
        order_id=new_id(session, Order),
        user_id=user_id,
        status="pending",
        total=0.0,
        payment_method=payment_method,
        address=address,
        city=city,
        state=state,
        postal_code=postal_code,
        country=country,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(order)
    session.flush()
    for line in items:
        product = session.get(Product, line["product_id"])
        if product is None:
            raise ToolError(f"product {line['product_id']!r} not found")
        if product.stock < line["quantity"]:
            raise ToolError(f"product {line['product_id']!r}: stock is {product.stock!r}, {line['quantity']!r} needed")
        product.stock -= line["quantity"]
        session.add(product)
        order.total = round(order.total + product.price * line["quantity"], 2)
        session.add(
            OrderItem(
                order_item_id=new_id(session, OrderItem),
                order_id=order.order_id,
                product_id=line["product_id"],
                quantity=line["quantity"],
                unit_price=product.price,
            )
        )
        session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@read
def search_products(
    session: Session,
    query_: str | None = None,
    category: Category | None = None,
    brand: str | None = None,
    min_price: float | None = None,
    max_price: float | None = None,
    limit: int = 20,
) -> list[Product]:
    """Search the product catalogue by text, category, brand and price."""
    query = select(Product).order_by(Product.product_id)
    if query_ is not None:
        query = query.where(Product.name.icontains(query_, autoescape=True))
    if category is not None:
        query = query.where(Product.category == category)
    if brand is not None:
        query = query.where(Product.brand == brand)
    if min_price is not None:
        query = query.where(Product.price >= min_price)
    if max_price is not None:
        query = query.where(Product.price <= max_price)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def submit_review(
    session: Session,
    product_id: str,
    user_id: str,
    rating: int,
    title: str,
    comment: str | None = None,
) -> Review:
    """Submit a review of a product."""
    if session.get(Product, product_id) is None:
        raise ToolError(f"product {product_id!r} not found")
    if session.get(User, user_id) is None:
        raise ToolError(f"user {user_id!r} not found")
    review = Review(
        review_id=new_id(session, Review),
        product_id=product_id,
        user_id=user_id,
        rating=rating,
        title=title,
        comment=comment,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(review)
    return review


@write
def update_user_address(
    session: Session,
    user_id: str,
    address: str,
    city: str,
    state: str,
    postal_code: str,
    country: str,
) -> User:
    """Change a user's default address."""
    user = session.get(User, user_id)
    if user is None:
        raise ToolError(f"user {user_id!r} not found")
    user.address = address
    user.city = city
    user.state = state
    user.postal_code = postal_code
    user.country = country
    session.add(user)
    return user
