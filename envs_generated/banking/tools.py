"""Tools of the banking domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Account, Bill, Card, Clock, Customer, Transaction, Transfer

AccountType = Literal["checking", "savings", "money_market"]
BillStatus = Literal["unpaid", "paid", "cancelled"]
CancelReason = Literal["lost", "stolen", "damaged", "no_longer_needed"]
CardStatus = Literal["active", "frozen", "cancelled"]
Status = Literal["active", "frozen", "closed"]
TransactionType = Literal["deposit", "withdrawal"]


@write
def cancel_card(session: Session, card_id: str, reason: CancelReason) -> Card:
    """Cancel a card for good."""
    card = session.get(Card, card_id)
    if card is None:
        raise ToolError(f"card {card_id!r} not found")
    if card.status not in ("active", "frozen"):
        raise ToolError(f"card {card_id!r} is {card.status!r}; it must be 'active' or 'frozen'")
    card.cancel_reason = reason
    card.status = "cancelled"
    session.add(card)
    return card


@write
def close_account(session: Session, account_id: str) -> Account:
    """Close an account."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    if account.status != "active":
        raise ToolError(f"account {account_id!r} is {account.status!r}; it must be 'active'")
    account.status = "closed"
    session.add(account)
    return account


@write
def deposit_funds(session: Session, account_id: str, amount: float, memo: str | None = None) -> Transaction:
    """Deposit money to an account."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    if account.status != "active":
        raise ToolError(f"account {account_id!r} is {account.status!r}; it must be 'active'")
    account.balance = round(account.balance + amount, 2)
    session.add(account)
    transaction = Transaction(
        transaction_id=new_id(session, Transaction),
        account_id=account_id,
        transaction_type="deposit",
        amount=amount,
        memo=memo,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(transaction)
    return transaction


@read
def find_customer_by_email(session: Session, email: str) -> Customer:
    """Find the customer with an email address."""
    query = select(Customer).where(Customer.email == email).order_by(Customer.customer_id)
    customer = session.exec(query).first()
    if customer is None:
        raise ToolError(f"no customer matches email {email!r}")
    return customer


@write
def freeze_card(session: Session, card_id: str) -> Card:
    """Freeze a card so that it cannot be used."""
    card = session.get(Card, card_id)
    if card is None:
        raise ToolError(f"card {card_id!r} not found")
    if card.status != "active":
        raise ToolError(f"card {card_id!r} is {card.status!r}; it must be 'active'")
    card.status = "frozen"
    session.add(card)
    return card


@read
def get_account_balance(session: Session, account_id: str) -> dict[str, Any]:
    """Get the balance and the status of an account."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    return {"account_id": account.account_id, "balance": account.balance, "status": account.status}


@read
def get_bill(session: Session, bill_id: str) -> Bill:
    """Get a bill with its payee, amount and due date."""
    bill = session.get(Bill, bill_id)
    if bill is None:
        raise ToolError(f"bill {bill_id!r} not found")
    return bill


@read
def get_card_details(session: Session, card_id: str) -> Card:
    """Get a card with its kind, daily limit and status."""
    card = session.get(Card, card_id)
    if card is None:
        raise ToolError(f"card {card_id!r} not found")
    return card


@read
def get_customer_details(session: Session, customer_id: str) -> Customer:
    """Get a customer's name, contact details and home address."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    return customer


@read
def get_transfer(session: Session, transfer_id: str) -> Transfer:
    """Get a transfer."""
    transfer = session.get(Transfer, transfer_id)
    if transfer is None:
        raise ToolError(f"transfer {transfer_id!r} not found")
    return transfer


@read
def list_accounts(
    session: Session,
    customer_id: str | None = None,
    account_type: AccountType | None = None,
    status: Status | None = None,
    limit: int = 25,
) -> list[Account]:
    """List accounts, optionally only those of one customer, of one kind or with one status."""
    query = select(Account).order_by(Account.account_id)
    if customer_id is not None:
        query = query.where(Account.customer_id == customer_id)
    if account_type is not None:
        query = query.where(Account.account_type == account_type)
    if status is not None:
        query = query.where(Account.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_bills(
    session: Session,
    customer_id: str | None = None,
    status: BillStatus | None = None,
    due_before: str | None = None,
    limit: int = 25,
) -> list[Bill]:
    """List bills, optionally only those of one customer, with one status or due by a date."""
    query = select(Bill).order_by(Bill.bill_id)
    if customer_id is not None:
        query = query.where(Bill.customer_id == customer_id)
    if status is not None:
        query = query.where(Bill.status == status)
    if due_before is not None:
        query = query.where(Bill.due_date <= due_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_cards(
    session: Session,
    account_id: str | None = None,
    status: CardStatus | None = None,
    limit: int = 25,
) -> list[Card]:
    """List cards, optionally only those of one account or with one status."""
    query = select(Card).order_by(Card.card_id)
    if account_id is not None:
        query = query.where(Card.account_id == account_id)
    if status is not None:
        query = query.where(Card.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_transactions(
    session: Session,
    account_id: str | None = None,
    transaction_type: TransactionType | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 25,
) -> list[Transaction]:
    """List deposits and withdrawals, optionally only those of one account, in one direction or in a period."""
    query = select(Transaction).order_by(Transaction.transaction_id)
    if account_id is not None:
        query = query.where(Transaction.account_id == account_id)
    if transaction_type is not None:
        query = query.where(Transaction.transaction_type == transaction_type)
    if created_after is not None:
        query = query.where(Transaction.created_at >= created_after)
    if created_before is not None:
        query = query.where(Transaction.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_transfers(
    session: Session,
    from_account_id: str | None = None,
    to_account_id: str | None = None,
    min_amount: float | None = None,
    limit: int = 25,
) -> list[Transfer]:
    """List transfers, optionally only those from or to one account."""
    query = select(Transfer).order_by(Transfer.transfer_id)
    if from_account_id is not None:
        query = query.where(Transfer.from_account_id == from_account_id)
    if to_account_id is not None:
        query = query.where(Transfer.to_account_id == to_account_id)
    if min_amount is not None:
        query = query.where(Transfer.amount >= min_amount)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def open_account(session: Session, customer_id: str, account_type: AccountType, nickname: str | None = None) -> Account:
    """Open an account for a customer."""
    if session.get(Customer, customer_id) is None:
        raise ToolError(f"customer {customer_id!r} not found")
    account = Account(
        account_id=new_id(session, Account),
        customer_id=customer_id,
        account_type=account_type,
        nickname=nickname,
        balance=0.0,
        status="active",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(account)
    return account


@write
def pay_bill(session: Session, bill_id: str, account_id: str) -> Bill:
    """Pay a bill from an account."""
    bill = session.get(Bill, bill_id)
    if bill is None:
        raise ToolError(f"bill {bill_id!r} not found")
    if bill.status != "unpaid":
        raise ToolError(f"bill {bill_id!r} is {bill.status!r}; it must be 'unpaid'")
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    if account.status != "active":
        raise ToolError(f"account {account_id!r} is {account.status!r}; it must be 'active'")
    if account.balance < bill.amount:
        raise ToolError(f"account {account_id!r}: balance is {account.balance!r}, {bill.amount!r} needed")
    bill.account_id = account_id
    account.balance = round(account.balance - bill.amount, 2)
    session.add(account)
    bill.status = "paid"
    session.add(bill)
    return bill


@write
def set_card_daily_limit(session: Session, card_id: str, daily_limit: float) -> Card:
    """Set how much can be spent with a card in a day."""
    card = session.get(Card, card_id)
    if card is None:
        raise ToolError(f"card {card_id!r} not found")
    if card.status != "active":
        raise ToolError(f"card {card_id!r} is {card.status!r}; it must be 'active'")
    card.daily_limit = daily_limit
    session.add(card)
    return card


@write
def transfer_funds(
    session: Session,
    from_account_id: str,
    to_account_id: str,
    amount: float,
    memo: str | None = None,
) -> Transfer:
    """Transfer money from one account to another."""
    if to_account_id == from_account_id:
        raise ToolError("from_account_id and to_account_id must differ")
    from_account = session.get(Account, from_account_id)
    if from_account is None:
        raise ToolError(f"account {from_account_id!r} not found")
    if from_account.status != "active":
        raise ToolError(f"account {from_account_id!r} is {from_account.status!r}; it must be 'active'")
    if from_account.balance < amount:
        raise ToolError(f"account {from_account_id!r}: balance is {from_account.balance!r}, {amount!r} needed")
    to_account = session.get(Account, to_account_id)
    if to_account is None:
        raise ToolError(f"account {to_account_id!r} not found")
    if to_account.status != "active":
        raise ToolError(f"account {to_account_id!r} is {to_account.status!r}; it must be 'active'")
    from_account.balance = round(from_account.balance - amount, 2)
    session.add(from_account)
    to_account.balance = round(to_account.balance + amount, 2)
    session.add(to_account)
    transfer = Transfer(
        transfer_id=new_id(session, Transfer),
        from_account_id=from_account_id,
        to_account_id=to_account_id,
        amount=amount,
        memo=memo,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(transfer)
    return transfer


@write
def unfreeze_card(session: Session, card_id: str) -> Card:
    """Unfreeze a card so that it can be used again."""
    card = session.get(Card, card_id)
    if card is None:
        raise ToolError(f"card {card_id!r} not found")
    if card.status != "frozen":
        raise ToolError(f"card {card_id!r} is {card.status!r}; it must be 'frozen'")
    card.status = "active"
    session.add(card)
    return card


@write
def update_customer_address(
    session: Session,
    customer_id: str,
    address: str,
    city: str,
    state: str,
    postal_code: str,
    country: str,
) -> Customer:
    """Change the home address of a customer."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    customer.address = address
    customer.city = city
    customer.state = state
    customer.postal_code = postal_code
    customer.country = country
    session.add(customer)
    return customer


@write
def withdraw_funds(session: Session, account_id: str, amount: float, memo: str | None = None) -> Transaction:
    """Withdraw money from an account."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    if account.status != "active":
        raise ToolError(f"account {account_id!r} is {account.status!r}; it must be 'active'")
    if account.balance < amount:
        raise ToolError(f"account {account_id!r}: balance is {account.balance!r}, {amount!r} needed")
    account.balance = round(account.balance - amount, 2)
    session.add(account)
    transaction = Transaction(
        transaction_id=new_id(session, Transaction),
        account_id=account_id,
        transaction_type="withdrawal",
        amount=amount,
        memo=memo,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(transaction)
    return transaction
