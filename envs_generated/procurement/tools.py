"""Tools of the procurement domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, nest, new_id, read, write

from .schema import Budget, CatalogItem, Clock, Employee, Invoice, OrderItem, PurchaseOrder, PurchaseRequest, Supplier

BlockReason = Literal["late_deliveries", "poor_quality", "compliance", "insolvency"]
CancelReason = Literal["no_longer_needed", "supplier_delay", "price_increase", "ordered_twice"]
Category = Literal["office_supplies", "it_equipment", "raw_materials", "services", "furniture"]
DeliverySite = Literal["headquarters", "warehouse_north", "laboratory", "branch_west"]
Department = Literal["engineering", "facilities", "marketing", "finance", "laboratory", "logistics"]
DisputeReason = Literal["wrong_amount", "goods_missing", "goods_damaged", "not_ordered"]
InvoiceStatus = Literal["received", "paid", "disputed"]
PurchaseOrderStatus = Literal["draft", "sent", "received", "cancelled"]
PurchaseRequestStatus = Literal["submitted", "approved", "rejected", "withdrawn"]
RejectReason = Literal["over_budget", "not_needed", "wrong_supplier", "duplicate"]
Status = Literal["open", "frozen", "closed"]
SupplierStatus = Literal["pending", "approved", "blocked"]


@write
def approve_purchase_request(session: Session, purchase_request_id: str, approver_employee_id: str) -> PurchaseRequest:
    """Approve a purchase request."""
    purchase_request = session.get(PurchaseRequest, purchase_request_id)
    if purchase_request is None:
        raise ToolError(f"purchase request {purchase_request_id!r} not found")
    if purchase_request.status != "submitted":
        raise ToolError(
            f"purchase request {purchase_request_id!r} is {purchase_request.status!r}; it must be 'submitted'"
        )
    approver_employee = session.get(Employee, approver_employee_id)
    if approver_employee is None:
        raise ToolError(f"employee {approver_employee_id!r} not found")
    if approver_employee.status != "active":
        raise ToolError(f"employee {approver_employee_id!r} is {approver_employee.status!r}; it must be 'active'")
    purchase_request.approver_employee_id = approver_employee_id
    purchase_request.status = "approved"
    session.add(purchase_request)
    return purchase_request


@write
def approve_supplier(session: Session, supplier_id: str) -> Supplier:
    """Approve a supplier so that orders can be placed."""
    supplier = session.get(Supplier, supplier_id)
    if supplier is None:
        raise ToolError(f"supplier {supplier_id!r} not found")
    if supplier.status not in ("pending", "blocked"):
        raise ToolError(f"supplier {supplier_id!r} is {supplier.status!r}; it must be 'pending' or 'blocked'")
    supplier.status = "approved"
    session.add(supplier)
    return supplier


@write
def block_supplier(session: Session, supplier_id: str, block_reason: BlockReason) -> Supplier:
    """Block a supplier from new orders."""
    supplier = session.get(Supplier, supplier_id)
    if supplier is None:
        raise ToolError(f"supplier {supplier_id!r} not found")
    if supplier.status not in ("pending", "approved"):
        raise ToolError(f"supplier {supplier_id!r} is {supplier.status!r}; it must be 'pending' or 'approved'")
    supplier.block_reason = block_reason
    supplier.status = "blocked"
    session.add(supplier)
    return supplier


@write
def cancel_purchase_order(session: Session, purchase_order_id: str, cancel_reason: CancelReason) -> dict[str, Any]:
    """Cancel a purchase order."""
    purchase_order = session.get(PurchaseOrder, purchase_order_id)
    if purchase_order is None:
        raise ToolError(f"purchase order {purchase_order_id!r} not found")
    if purchase_order.status not in ("draft", "sent"):
        raise ToolError(
            f"purchase order {purchase_order_id!r} is {purchase_order.status!r}; it must be 'draft' or 'sent'"
        )
    purchase_order.cancel_reason = cancel_reason
    purchase_order.status = "cancelled"
    session.add(purchase_order)
    session.flush()
    return nest(
        purchase_order,
        items=session.exec(
            select(OrderItem)
            .where(OrderItem.purchase_order_id == purchase_order.purchase_order_id)
            .order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def create_purchase_order(
    session: Session,
    supplier_id: str,
    items: list[dict[str, Any]],
    delivery_site: DeliverySite,
) -> dict[str, Any]:
    """Create an order with a supplier."""
    supplier = session.get(Supplier, supplier_id)
    if supplier is None:
        raise ToolError(f"supplier {supplier_id!r} not found")
    if supplier.status != "approved":
        raise ToolError(f"supplier {supplier_id!r} is {supplier.status!r}; it must be 'approved'")
    if not items:
        raise ToolError("items is empty; give at least one")
    purchase_order = PurchaseOrder(
        purchase_order_id=new_id(session, PurchaseOrder),
        supplier_id=supplier_id,
        total=0.0,
        delivery_site=delivery_site,
        status="draft",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(purchase_order)
    session.flush()
    for line in items:
        catalog_item = session.get(CatalogItem, line["catalog_item_id"])
        if catalog_item is None:
            raise ToolError(f"catalog item {line['catalog_item_id']!r} not found")
        purchase_order.total = round(purchase_order.total + catalog_item.unit_price * line["quantity"], 2)
        session.add(
            OrderItem(
                order_item_id=new_id(session, OrderItem),
                purchase_order_id=purchase_order.purchase_order_id,
                catalog_item_id=line["catalog_item_id"],
                quantity=line["quantity"],
                unit_price=catalog_item.unit_price,
            )
        )
        session.flush()
    return nest(
        purchase_order,
        items=session.exec(
            select(OrderItem)
            .where(OrderItem.purchase_order_id == purchase_order.purchase_order_id)
            .order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def dispute_invoice(session: Session, invoice_id: str, dispute_reason: DisputeReason) -> Invoice:
    """Dispute an invoice."""
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise ToolError(f"invoice {invoice_id!r} not found")
    if invoice.status != "received":
        raise ToolError(f"invoice {invoice_id!r} is {invoice.status!r}; it must be 'received'")
    invoice.dispute_reason = dispute_reason
    invoice.status = "disputed"
    session.add(invoice)
    return invoice


@read
def find_employee_by_email(session: Session, email: str) -> Employee:
    """Find the employee with an email address."""
    query = select(Employee).where(Employee.email == email).order_by(Employee.employee_id)
    employee = session.exec(query).first()
    if employee is None:
        raise ToolError(f"no employee matches email {email!r}")
    return employee


@read
def get_budget_balance(session: Session, budget_id: str) -> dict[str, Any]:
    """Get the money left in a budget and whether it can be spent."""
    budget = session.get(Budget, budget_id)
    if budget is None:
        raise ToolError(f"budget {budget_id!r} not found")
    return {"budget_id": budget.budget_id, "balance": budget.balance, "status": budget.status}


@read
def get_purchase_order(session: Session, purchase_order_id: str) -> dict[str, Any]:
    """Get a purchase order with its items, total and status."""
    purchase_order = session.get(PurchaseOrder, purchase_order_id)
    if purchase_order is None:
        raise ToolError(f"purchase order {purchase_order_id!r} not found")
    return nest(
        purchase_order,
        items=session.exec(
            select(OrderItem)
            .where(OrderItem.purchase_order_id == purchase_order.purchase_order_id)
            .order_by(OrderItem.order_item_id)
        ).all(),
    )


@read
def list_budgets(
    session: Session,
    department: Department | None = None,
    fiscal_year: int | None = None,
    status: Status | None = None,
    min_balance: float | None = None,
    limit: int = 25,
) -> list[Budget]:
    """List budgets, optionally only those of one department, for one year, with one status or with enough money left."""
    query = select(Budget).order_by(Budget.budget_id)
    if department is not None:
        query = query.where(Budget.department == department)
    if fiscal_year is not None:
        query = query.where(Budget.fiscal_year == fiscal_year)
    if status is not None:
        query = query.where(Budget.status == status)
    if min_balance is not None:
        query = query.where(Budget.balance >= min_balance)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_invoices(
    session: Session,
    purchase_order_id: str | None = None,
    status: InvoiceStatus | None = None,
    due_before: str | None = None,
    limit: int = 25,
) -> list[Invoice]:
    """List invoices, optionally only those for one order, with one status or due by a date."""
    query = select(Invoice).order_by(Invoice.invoice_id)
    if purchase_order_id is not None:
        query = query.where(Invoice.purchase_order_id == purchase_order_id)
    if status is not None:
        query = query.where(Invoice.status == status)
    if due_before is not None:
        query = query.where(Invoice.due_date <= due_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_purchase_orders(
    session: Session,
    supplier_id: str | None = None,
    delivery_site: DeliverySite | None = None,
    status: PurchaseOrderStatus | None = None,
    min_total: float | None = None,
    limit: int = 25,
) -> list[dict[str, Any]]:
    """List purchase orders, optionally only those with one supplier, for one site, with one status or above a total."""
    query = select(PurchaseOrder).order_by(PurchaseOrder.purchase_order_id)
    if supplier_id is not None:
        query = query.where(PurchaseOrder.supplier_id == supplier_id)
    if delivery_site is not None:
        query = query.where(PurchaseOrder.delivery_site == delivery_site)
    if status is not None:
        query = query.where(PurchaseOrder.status == status)
    if min_total is not None:
        query = query.where(PurchaseOrder.total >= min_total)
    query = query.limit(limit)
    return [
        nest(
            purchase_order,
            items=session.exec(
                select(OrderItem)
                .where(OrderItem.purchase_order_id == purchase_order.purchase_order_id)
                .order_by(OrderItem.order_item_id)
            ).all(),
        )
        for purchase_order in session.exec(query)
    ]


@read
def list_purchase_requests(
    session: Session,
    employee_id: str | None = None,
    budget_id: str | None = None,
    status: PurchaseRequestStatus | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 25,
) -> list[PurchaseRequest]:
    """List purchase requests, optionally only those of one employee, on one budget, with one status or submitted in a period."""
    query = select(PurchaseRequest).order_by(PurchaseRequest.purchase_request_id)
    if employee_id is not None:
        query = query.where(PurchaseRequest.employee_id == employee_id)
    if budget_id is not None:
        query = query.where(PurchaseRequest.budget_id == budget_id)
    if status is not None:
        query = query.where(PurchaseRequest.status == status)
    if created_after is not None:
        query = query.where(PurchaseRequest.created_at >= created_after)
    if created_before is not None:
        query = query.where(PurchaseRequest.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def mark_purchase_order_received(session: Session, purchase_order_id: str) -> dict[str, Any]:
    """Record that the goods of a purchase order arrived."""
    purchase_order = session.get(PurchaseOrder, purchase_order_id)
    if purchase_order is None:
        raise ToolError(f"purchase order {purchase_order_id!r} not found")
    if purchase_order.status != "sent":
        raise ToolError(f"purchase order {purchase_order_id!r} is {purchase_order.status!r}; it must be 'sent'")
    purchase_order.status = "received"
    session.add(purchase_order)
    session.flush()
    return nest(
        purchase_order,
        items=session.exec(
            select(OrderItem)
            .where(OrderItem.purchase_order_id == purchase_order.purchase_order_id)
            .order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def pay_invoice(session: Session, invoice_id: str, budget_id: str) -> Invoice:
    """Pay an invoice from a budget."""
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise ToolError(f"invoice {invoice_id!r} not found")
    if invoice.status != "received":
        raise ToolError(f"invoice {invoice_id!r} is {invoice.status!r}; it must be 'received'")
    budget = session.get(Budget, budget_id)
    if budget is None:
        raise ToolError(f"budget {budget_id!r} not found")
    if budget.status != "open":
        raise ToolError(f"budget {budget_id!r} is {budget.status!r}; it must be 'open'")
    if budget.balance < invoice.amount:
        raise ToolError(f"budget {budget_id!r}: balance is {budget.balance!r}, {invoice.amount!r} needed")
    invoice.budget_id = budget_id
    budget.balance = round(budget.balance - invoice.amount, 2)
    session.add(budget)
    invoice.status = "paid"
    session.add(invoice)
    return invoice


@write
def register_supplier(
    session: Session,
    company_name: str,
    email: str,
    phone: str,
    city: str,
    country: str,
    category: Category,
    payment_days: int,
) -> Supplier:
    """Register a new supplier."""
    supplier = Supplier(
        supplier_id=new_id(session, Supplier),
        company_name=company_name,
        email=email,
        phone=phone,
        city=city,
        country=country,
        category=category,
        payment_days=payment_days,
        status="pending",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(supplier)
    return supplier


@write
def reject_purchase_request(session: Session, purchase_request_id: str, reject_reason: RejectReason) -> PurchaseRequest:
    """Reject a purchase request."""
    purchase_request = session.get(PurchaseRequest, purchase_request_id)
    if purchase_request is None:
        raise ToolError(f"purchase request {purchase_request_id!r} not found")
    if purchase_request.status != "submitted":
        raise ToolError(
            f"purchase request {purchase_request_id!r} is {purchase_request.status!r}; it must be 'submitted'"
        )
    purchase_request.reject_reason = reject_reason
    purchase_request.status = "rejected"
    session.add(purchase_request)
    return purchase_request


@read
def search_catalog_items(
    session: Session,
    query_: str | None = None,
    supplier_id: str | None = None,
    max_unit_price: float | None = None,
    max_lead_time_days: int | None = None,
    limit: int = 25,
) -> list[CatalogItem]:
    """Search what suppliers sell by name, supplier, price and lead time."""
    query = select(CatalogItem).order_by(CatalogItem.catalog_item_id)
    if query_ is not None:
        query = query.where(CatalogItem.name.icontains(query_, autoescape=True))
    if supplier_id is not None:
        query = query.where(CatalogItem.supplier_id == supplier_id)
    if max_unit_price is not None:
        query = query.where(CatalogItem.unit_price <= max_unit_price)
    if max_lead_time_days is not None:
        query = query.where(CatalogItem.lead_time_days <= max_lead_time_days)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def search_suppliers(
    session: Session,
    query_: str | None = None,
    country: str | None = None,
    category: Category | None = None,
    min_rating: int | None = None,
    status: SupplierStatus | None = None,
    limit: int = 25,
) -> list[Supplier]:
    """Search suppliers by name, country, category, rating and status."""
    query = select(Supplier).order_by(Supplier.supplier_id)
    if query_ is not None:
        query = query.where(Supplier.company_name.icontains(query_, autoescape=True))
    if country is not None:
        query = query.where(Supplier.country == country)
    if category is not None:
        query = query.where(Supplier.category == category)
    if min_rating is not None:
        query = query.where(Supplier.rating >= min_rating)
    if status is not None:
        query = query.where(Supplier.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def send_purchase_order(session: Session, purchase_order_id: str) -> dict[str, Any]:
    """Send a purchase order to its supplier."""
    purchase_order = session.get(PurchaseOrder, purchase_order_id)
    if purchase_order is None:
        raise ToolError(f"purchase order {purchase_order_id!r} not found")
    if purchase_order.status != "draft":
        raise ToolError(f"purchase order {purchase_order_id!r} is {purchase_order.status!r}; it must be 'draft'")
    purchase_order.status = "sent"
    session.add(purchase_order)
    session.flush()
    return nest(
        purchase_order,
        items=session.exec(
            select(OrderItem)
            .where(OrderItem.purchase_order_id == purchase_order.purchase_order_id)
            .order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def submit_purchase_request(
    session: Session,
    employee_id: str,
    budget_id: str,
    catalog_item_id: str,
    quantity: int,
    justification: str | None = None,
) -> PurchaseRequest:
    """Submit a request that something is bought."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise ToolError(f"employee {employee_id!r} not found")
    if employee.status != "active":
        raise ToolError(f"employee {employee_id!r} is {employee.status!r}; it must be 'active'")
    budget = session.get(Budget, budget_id)
    if budget is None:
        raise ToolError(f"budget {budget_id!r} not found")
    if budget.status != "open":
        raise ToolError(f"budget {budget_id!r} is {budget.status!r}; it must be 'open'")
    catalog_item = session.get(CatalogItem, catalog_item_id)
    if catalog_item is None:
        raise ToolError(f"catalog item {catalog_item_id!r} not found")
    purchase_request = PurchaseRequest(
        purchase_request_id=new_id(session, PurchaseRequest),
        employee_id=employee_id,
        budget_id=budget_id,
        catalog_item_id=catalog_item_id,
        quantity=quantity,
        justification=justification,
        total_cost=round(catalog_item.unit_price * quantity, 2),
        status="submitted",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(purchase_request)
    return purchase_request
