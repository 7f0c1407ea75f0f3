"""Tools of the utilities domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Account, Bill, Clock, Customer, Meter, MeterReading, OutageReport, Tariff

BillStatus = Literal["unpaid", "paid", "disputed"]
CloseReason = Literal["moving_out", "switching_supplier", "demolition", "duplicate_account"]
DisputeReason = Literal["wrong_reading", "estimated_too_high", "moved_before_period", "paid_already"]
OutageReportStatus = Literal["reported", "crew_assigned", "fixed", "withdrawn"]
Problem = Literal["no_supply", "low_pressure", "flickering", "leak", "discolored_water"]
ServiceType = Literal["electricity", "water"]
Source = Literal["customer", "technician", "estimate"]
Status = Literal["pending", "active", "disconnected", "closed"]


@write
def activate_account(session: Session, account_id: str) -> Account:
    """Start the supply of an account."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    if account.status not in ("pending", "disconnected"):
        raise ToolError(f"account {account_id!r} is {account.status!r}; it must be 'pending' or 'disconnected'")
    account.status = "active"
    session.add(account)
    return account


@write
def change_account_tariff(session: Session, account_id: str, tariff_id: str) -> Account:
    """Change the tariff an account is on."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    if account.status != "active":
        raise ToolError(f"account {account_id!r} is {account.status!r}; it must be 'active'")
    if session.get(Tariff, tariff_id) is None:
        raise ToolError(f"tariff {tariff_id!r} not found")
    account.tariff_id = tariff_id
    session.add(account)
    return account


@write
def close_account(session: Session, account_id: str, close_reason: CloseReason) -> Account:
    """Close an account and end its supply."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    if account.status not in ("active", "disconnected"):
        raise ToolError(f"account {account_id!r} is {account.status!r}; it must be 'active' or 'disconnected'")
    account.close_reason = close_reason
    account.status = "closed"
    session.add(account)
    return account


@write
def deposit_account_credit(session: Session, account_id: str, amount: float) -> Account:
    """Deposit credit to an account."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    if account.status != "active":
        raise ToolError(f"account {account_id!r} is {account.status!r}; it must be 'active'")
    account.balance = round(account.balance + amount, 2)
    session.add(account)
    return account


@write
def dispute_bill(session: Session, bill_id: str, dispute_reason: DisputeReason) -> Bill:
    """Dispute a bill."""
    bill = session.get(Bill, bill_id)
    if bill is None:
        raise ToolError(f"bill {bill_id!r} not found")
    if bill.status != "unpaid":
        raise ToolError(f"bill {bill_id!r} is {bill.status!r}; it must be 'unpaid'")
    bill.dispute_reason = dispute_reason
    bill.status = "disputed"
    session.add(bill)
    return bill


@read
def find_customer_by_email(session: Session, email: str) -> Customer:
    """Find the customer with an email address."""
    query = select(Customer).where(Customer.email == email).order_by(Customer.customer_id)
    customer = session.exec(query).first()
    if customer is None:
        raise ToolError(f"no customer matches email {email!r}")
    return customer


@read
def get_account_balance(session: Session, account_id: str) -> dict[str, Any]:
    """Get the credit on an account, whether it pays by direct debit, and its status."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    return {
        "account_id": account.account_id,
        "balance": account.balance,
        "autopay": account.autopay,
        "status": account.status,
    }


@read
def get_bill(session: Session, bill_id: str) -> Bill:
    """Get a bill with its period, units used, amount and due date."""
    bill = session.get(Bill, bill_id)
    if bill is None:
        raise ToolError(f"bill {bill_id!r} not found")
    return bill


@read
def list_accounts(
    session: Session,
    customer_id: str | None = None,
    tariff_id: str | None = None,
    service_type: ServiceType | None = None,
    status: Status | None = None,
    limit: int = 25,
) -> list[Account]:
    """List accounts, optionally only those of one customer, on one tariff, for one service or with one status."""
    query = select(Account).order_by(Account.account_id)
    if customer_id is not None:
        query = query.where(Account.customer_id == customer_id)
    if tariff_id is not None:
        query = query.where(Account.tariff_id == tariff_id)
    if service_type is not None:
        query = query.where(Account.service_type == service_type)
    if status is not None:
        query = query.where(Account.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_bills(
    session: Session,
    account_id: str | None = None,
    status: BillStatus | None = None,
    min_amount: float | None = None,
    due_before: str | None = None,
    limit: int = 25,
) -> list[Bill]:
    """List bills, optionally only those of one account, with one status, above an amount or due by a date."""
    query = select(Bill).order_by(Bill.bill_id)
    if account_id is not None:
        query = query.where(Bill.account_id == account_id)
    if status is not None:
        query = query.where(Bill.status == status)
    if min_amount is not None:
        query = query.where(Bill.amount >= min_amount)
    if due_before is not None:
        query = query.where(Bill.due_date <= due_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_meter_readings(
    session: Session,
    meter_id: str | None = None,
    source: Source | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 25,
) -> list[MeterReading]:
    """List meter readings, optionally only those of one meter, from one source or in a period."""
    query = select(MeterReading).order_by(MeterReading.meter_reading_id)
    if meter_id is not None:
        query = query.where(MeterReading.meter_id == meter_id)
    if source is not None:
        query = query.where(MeterReading.source == source)
    if created_after is not None:
        query = query.where(MeterReading.created_at >= created_after)
    if created_before is not None:
        query = query.where(MeterReading.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_meters(session: Session, account_id: str, smart: bool | None = None, limit: int = 25) -> list[Meter]:
    """List the meters of an account."""
    if session.get(Account, account_id) is None:
        raise ToolError(f"account {account_id!r} not found")
    query = select(Meter).where(Meter.account_id == account_id).order_by(Meter.meter_id)
    if smart is not None:
        query = query.where(Meter.smart == smart)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_outage_reports(
    session: Session,
    account_id: str | None = None,
    problem: Problem | None = None,
    status: OutageReportStatus | None = None,
    limit: int = 25,
) -> list[OutageReport]:
    """List outage reports, optionally only those of one account, about one problem or with one status."""
    query = select(OutageReport).order_by(OutageReport.outage_report_id)
    if account_id is not None:
        query = query.where(OutageReport.account_id == account_id)
    if problem is not None:
        query = query.where(OutageReport.problem == problem)
    if status is not None:
        query = query.where(OutageReport.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def open_account(
    session: Session,
    customer_id: str,
    tariff_id: str,
    service_type: ServiceType,
    address: str,
    city: str,
    postal_code: str,
    autopay: bool = False,
) -> Account:
    """Open an account to supply an address."""
    if session.get(Customer, customer_id) is None:
        raise ToolError(f"customer {customer_id!r} not found")
    if session.get(Tariff, tariff_id) is None:
        raise ToolError(f"tariff {tariff_id!r} not found")
    account = Account(
        account_id=new_id(session, Account),
        customer_id=customer_id,
        tariff_id=tariff_id,
        service_type=service_type,
        address=address,
        city=city,
        postal_code=postal_code,
        balance=0.0,
        autopay=autopay,
        status="pending",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(account)
    return account


@write
def pay_bill(session: Session, bill_id: str, paying_account_id: str) -> Bill:
    """Pay a bill from the credit on an account."""
    bill = session.get(Bill, bill_id)
    if bill is None:
        raise ToolError(f"bill {bill_id!r} not found")
    if bill.status != "unpaid":
        raise ToolError(f"bill {bill_id!r} is {bill.status!r}; it must be 'unpaid'")
    paying_account = session.get(Account, paying_account_id)
    if paying_account is None:
        raise ToolError(f"account {paying_account_id!r} not found")
    if paying_account.status != "active":
        raise ToolError(f"account {paying_account_id!r} is {paying_account.status!r}; it must be 'active'")
    if paying_account.balance < bill.amount:
        raise ToolError(f"account {paying_account_id!r}: balance is {paying_account.balance!r}, {bill.amount!r} needed")
    bill.paying_account_id = paying_account_id
    paying_account.balance = round(paying_account.balance - bill.amount, 2)
    session.add(paying_account)
    bill.status = "paid"
    session.add(bill)
    return bill


@write
def report_outage(session: Session, account_id: str, problem: Problem, details: str | None = None) -> OutageReport:
    """Report that the supply of an account is interrupted."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    if account.status != "active":
        raise ToolError(f"account {account_id!r} is {account.status!r}; it must be 'active'")
    outage_report = OutageReport(
        outage_report_id=new_id(session, OutageReport),
        account_id=account_id,
        problem=problem,
        details=details,
        status="reported",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(outage_report)
    return outage_report


@read
def search_tariffs(
    session: Session,
    query_: str | None = None,
    service_type: ServiceType | None = None,
    renewable: bool | None = None,
    max_unit_rate: float | None = None,
    limit: int = 25,
) -> list[Tariff]:
    """Search tariffs by name, service and price."""
    query = select(Tariff).order_by(Tariff.tariff_id)
    if query_ is not None:
        query = query.where(Tariff.name.icontains(query_, autoescape=True))
    if service_type is not None:
        query = query.where(Tariff.service_type == service_type)
    if renewable is not None:
        query = query.where(Tariff.renewable == renewable)
    if max_unit_rate is not None:
        query = query.where(Tariff.unit_rate <= max_unit_rate)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def set_autopay(session: Session, account_id: str, autopay: bool) -> Account:
    """Turn direct debit on or off for an account."""
    account = session.get(Account, account_id)
    if account is None:
        raise ToolError(f"account {account_id!r} not found")
    if account.status != "active":
        raise ToolError(f"account {account_id!r} is {account.status!r}; it must be 'active'")
    account.autopay = autopay
    session.add(account)
    return account


@write
def set_paperless_billing(session: Session, customer_id: str, paperless: bool) -> Customer:
    """Turn paperless billing on or off for a customer."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    customer.paperless = paperless
    session.add(customer)
    return customer


@write
def submit_meter_reading(session: Session, meter_id: str, reading: int, source: Source = "customer") -> MeterReading:
    """Submit what a meter shows."""
    if session.get(Meter, meter_id) is None:
        raise ToolError(f"meter {meter_id!r} not found")
    meter_reading = MeterReading(
        meter_reading_id=new_id(session, MeterReading),
        meter_id=meter_id,
        reading=reading,
        source=source,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(meter_reading)
    return meter_reading


@write
def withdraw_outage_report(session: Session, outage_report_id: str) -> OutageReport:
    """Withdraw an outage report when the supply is back."""
    outage_report = session.get(OutageReport, outage_report_id)
    if outage_report is None:
        raise ToolError(f"outage report {outage_report_id!r} not found")
    if outage_report.status != "reported":
        raise ToolError(f"outage report {outage_report_id!r} is {outage_report.status!r}; it must be 'reported'")
    outage_report.status = "withdrawn"
    session.add(outage_report)
    return outage_report
