"""Tools of the stock brokerage domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Account, CashMovement, Client, Clock, Order, Position, PriceAlert, Stock

AccountType = Literal["individual", "retirement", "custodial", "joint"]
Direction = Literal["above", "below"]
MovementType = Literal["deposit", "withdrawal"]
OrderStatus = Literal["open", "filled", "cancelled", "expired"]
PriceAlertStatus = Literal["armed", "triggered", "paused"]
RiskProfile = Literal["cautious", "balanced", "growth", "speculative"]
Sector = Literal["technology", "health", "energy", "consumer", "industrials", "finance", "materials"]
Side = Literal["buy", "sell"]
Status = Literal["active", "restricted", "closed"]
StockStatus = Literal["trading", "halted", "delisted"]
TimeInForce = Literal["day", "good_till_cancelled", "immediate_or_cancel"]


@write
def cancel_order(session: Session, order_id: str) -> Order:
    """Cancel an order that the exchange has not filled."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "open":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'open'")
    order.status = "cancelled"
    session.add(order)
    return order


@write
def create_price_alert(
    session: Session,
    client_id: str,
    stock_code: str,
    direction: Direction,
    target: float,
) -> PriceAlert:
    """Create a price alert for a client."""
    if session.get(Client, client_id) is None:
        raise ToolError(f"client {client_id!r} not found")
    stock_code_row = session.get(Stock, stock_code)
    if stock_code_row is None:
        raise ToolError(f"stock {stock_code!r} not found")
    if stock_code_row.status != "trading":
        raise ToolError(f"stock {stock_code!r} is {stock_code_row.status!r}; it must be 'trading'")
    price_alert = PriceAlert(
        price_alert_id=new_id(session, PriceAlert),
        client_id=client_id,
        stock_code=stock_code,
        direction=direction,
        target=target,
        status="armed",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(price_alert)
    return price_alert


@write
def delete_price_alert(session: Session, price_alert_id: str) -> PriceAlert:
    """Delete a price alert."""
    price_alert = session.get(PriceAlert, price_alert_id)
    if price_alert is None:
        raise ToolError(f"price alert {price_alert_id!r} not found")
    session.delete(price_alert)
    return price_alert


@write
def deposit_cash(session: Session, account_id: str, amount: float, reference: str | None = None) -> CashMovement:
    """Deposit cash to an account."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    if account.status not in ("active", "restricted"):
        raise ToolError(f"account {account_id!r} is {account.status!r}; it must be 'active' or 'restricted'")
    account.balance = round(account.balance + amount, 2)
    session.add(account)
    cash_movement = CashMovement(
        cash_movement_id=new_id(session, CashMovement),
        account_id=account_id,
        movement_type="deposit",
        amount=amount,
        reference=reference,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(cash_movement)
    return cash_movement


@read
def find_client_id_by_email(session: Session, email: str) -> str:
    """Find the identifier of the client with an email address."""
    query = select(Client).where(Client.email == email).order_by(Client.client_id)
    client = session.exec(query).first()
    if client is None:
        raise ToolError(f"no client matches email {email!r}")
    return client.client_id


@read
def get_cash_balance(session: Session, account_id: str) -> dict[str, Any]:
    """Get how much cash is in an account and whether it can be traded with."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    return {"account_id": account.account_id, "balance": account.balance, "status": account.status}


@read
def get_stock(session: Session, stock_code: str) -> Stock:
    """Get a stock with its last price and the change since the last close."""
    stock = session.get(Stock, stock_code)
    if stock is None:
        raise ToolError(f"stock {stock_code!r} not found")
    return stock


@read
def list_accounts(
    session: Session,
    client_id: str | None = None,
    account_type: AccountType | None = None,
    status: Status | None = None,
    limit: int = 50,
) -> list[Account]:
    """List accounts, optionally only those of one client, of one kind or with one status."""
    query = select(Account).order_by(Account.account_id)
    if client_id is not None:
        query = query.where(Account.client_id == client_id)
    if account_type is not None:
        query = query.where(Account.account_type == account_type)
    if status is not None:
        query = query.where(Account.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_cash_movements(
    session: Session,
    account_id: str | None = None,
    movement_type: MovementType | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 50,
) -> list[CashMovement]:
    """List cash movements, optionally only those of one account, in one direction or in a period."""
    query = select(CashMovement).order_by(CashMovement.cash_movement_id)
    if account_id is not None:
        query = query.where(CashMovement.account_id == account_id)
    if movement_type is not None:
        query = query.where(CashMovement.movement_type == movement_type)
    if created_after is not None:
        query = query.where(CashMovement.created_at >= created_after)
    if created_before is not None:
        query = query.where(CashMovement.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_orders(
    session: Session,
    account_id: str | None = None,
    stock_code: str | None = None,
    side: Side | None = None,
    status: OrderStatus | None = None,
    limit: int = 50,
) -> list[Order]:
    """List orders, optionally only those of one account, for one stock, on one side or with one status."""
    query = select(Order).order_by(Order.order_id)
    if account_id is not None:
        query = query.where(Order.account_id == account_id)
    if stock_code is not None:
        query = query.where(Order.stock_code == stock_code)
    if side is not None:
        query = query.where(Order.side == side)
    if status is not None:
        query = query.where(Order.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_positions(
    session: Session,
    account_id: str | None = None,
    stock_code: str | None = None,
    min_shares: int | None = None,
    limit: int = 50,
) -> list[Position]:
    """List positions, optionally only those in one account, in one stock or from a number of shares on."""
    query = select(Position).order_by(Position.position_id)
    if account_id is not None:
        query = query.where(Position.account_id == account_id)
    if stock_code is not None:
        query = query.where(Position.stock_code == stock_code)
    if min_shares is not None:
        query = query.where(Position.shares >= min_shares)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_price_alerts(
    session: Session,
    client_id: str | None = None,
    stock_code: str | None = None,
    status: PriceAlertStatus | None = None,
    limit: int = 50,
) -> list[PriceAlert]:
    """List price alerts, optionally only those of one client, on one stock or with one status."""
    query = select(PriceAlert).order_by(PriceAlert.price_alert_id)
    if client_id is not None:
        query = query.where(PriceAlert.client_id == client_id)
    if stock_code is not None:
        query = query.where(PriceAlert.stock_code == stock_code)
    if status is not None:
        query = query.where(PriceAlert.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def place_order(
    session: Session,
    account_id: str,
    stock_code: str,
    side: Side,
    quantity: int,
    time_in_force: TimeInForce = "day",
    limit_price: float | None = None,
) -> Order:
    """Place an order to buy or sell shares."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    if account.status != "active":
        raise ToolError(f"account {account_id!r} is {account.status!r}; it must be 'active'")
    stock_code_row = session.get(Stock, stock_code)
    if stock_code_row is None:
        raise ToolError(f"stock {stock_code!r} not found")
    if stock_code_row.status != "trading":
        raise ToolError(f"stock {stock_code!r} is {stock_code_row.status!r}; it must be 'trading'")
    order = Order(
        order_id=new_id(session, Order),
        account_id=account_id,
        stock_code=stock_code,
        side=side,
        quantity=quantity,
        time_in_force=time_in_force,
        unit_price=stock_code_row.price,
        total=round(stock_code_row.price * quantity, 2),
        limit_price=limit_price,
        status="open",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(order)
    return order


@read
def search_stocks(
    session: Session,
    query_: str | None = None,
    sector: Sector | None = None,
    min_price: float | None = None,
    max_price: float | None = None,
    min_dividend_yield: float | None = None,
    status: StockStatus | None = None,
    limit: int = 50,
) -> list[Stock]:
    """Search stocks by company, sector, price, dividend yield and status."""
    query = select(Stock).order_by(Stock.stock_code)
    if query_ is not None:
        query = query.where(Stock.name.icontains(query_, autoescape=True))
    if sector is not None:
        query = query.where(Stock.sector == sector)
    if min_price is not None:
        query = query.where(Stock.price >= min_price)
    if max_price is not None:
        query = query.where(Stock.price <= max_price)
    if min_dividend_yield is not None:
        query = query.where(Stock.dividend_yield >= min_dividend_yield)
    if status is not None:
        query = query.where(Stock.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def set_client_risk_profile(session: Session, client_id: str, risk_profile: RiskProfile) -> Client:
    """Set how much risk a client wants to take."""
    client = session.get(Client, client_id)
    if client is None:
        raise ToolError(f"client {client_id!r} not found")
    client.risk_profile = risk_profile
    session.add(client)
    return client


@write
def set_dividend_reinvestment(session: Session, account_id: str, reinvest_dividends: bool) -> Account:
    """Set whether dividends buy more of the same stock."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    if account.status != "active":
        raise ToolError(f"account {account_id!r} is {account.status!r}; it must be 'active'")
    account.reinvest_dividends = reinvest_dividends
    session.add(account)
    return account


@write
def set_order_limit_price(session: Session, order_id: str, limit_price: float) -> Order:
    """Set the worst price an order accepts."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "open":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'open'")
    order.limit_price = limit_price
    session.add(order)
    return order


@write
def withdraw_cash(session: Session, account_id: str, amount: float, reference: str | None = None) -> CashMovement:
    """Withdraw cash from an account."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    if account.status != "active":
        raise ToolError(f"account {account_id!r} is {account.status!r}; it must be 'active'")
    if account.balance < amount:
        raise ToolError(f"account {account_id!r}: balance is {account.balance!r}, {amount!r} needed")
    account.balance = round(account.balance - amount, 2)
    session.add(account)
    cash_movement = CashMovement(
        cash_movement_id=new_id(session, CashMovement),
        account_id=account_id,
        movement_type="withdrawal",
        amount=amount,
        reference=reference,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(cash_movement)
    return cash_movement
