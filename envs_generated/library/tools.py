"""Tools of the library domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Book, Branch, Clock, Fine, Hold, Loan, Member

Genre = Literal[
    "fiction",
    "mystery",
    "science_fiction",
    "biography",
    "history",
    "science",
    "travel",
    "cooking",
    "children",
]
HoldStatus = Literal["waiting", "ready", "fulfilled", "cancelled"]
Language = Literal["English", "Spanish", "French", "German", "Italian", "Japanese"]
LoanStatus = Literal["borrowed", "renewed", "returned", "lost"]
MembershipType = Literal["adult", "student", "senior", "child"]
PaymentMethod = Literal["card", "cash", "online"]
Reason = Literal["overdue", "damaged", "lost"]
Status = Literal["unpaid", "paid", "waived"]


@write
def add_book(
    session: Session,
    title: str,
    author: str,
    genre: Genre,
    publication_year: int,
    copies_available: int,
    language: Language = "English",
    page_count: int | None = None,
) -> Book:
    """Add a title to the catalogue."""
    book = Book(
        book_id=new_id(session, Book),
        title=title,
        author=author,
        genre=genre,
        language=language,
        publication_year=publication_year,
        page_count=page_count,
        copies_available=copies_available,
    )
    session.add(book)
    return book


@write
def borrow_book(session: Session, member_id: str, book_id: str, due_date: str) -> Loan:
    """Lend a copy of a book to a member."""
    member = session.get(Member, member_id)
    if member is None:
        raise ToolError(f"member {member_id!r} not found")
    if member.status != "active":
        raise ToolError(f"member {member_id!r} is {member.status!r}; it must be 'active'")
    book = session.get(Book, book_id)
    if book is None:
        raise ToolError(f"book {book_id!r} not found")
    if book.copies_available < 1:
        raise ToolError(f"book {book_id!r}: copies available is {book.copies_available!r}, {1!r} needed")
    book.copies_available -= 1
    session.add(book)
    loan = Loan(
        loan_id=new_id(session, Loan),
        member_id=member_id,
        book_id=book_id,
        status="borrowed",
        due_date=due_date,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(loan)
    return loan


@write
def cancel_hold(session: Session, hold_id: str) -> Hold:
    """Cancel a hold."""
    hold = session.get(Hold, hold_id)
    if hold is None:
        raise ToolError(f"hold {hold_id!r} not found")
    if hold.status not in ("waiting", "ready"):
        raise ToolError(f"hold {hold_id!r} is {hold.status!r}; it must be 'waiting' or 'ready'")
    hold.status = "cancelled"
    session.add(hold)
    return hold


@write
def change_hold_branch(session: Session, hold_id: str, pickup_branch_id: str) -> Hold:
    """Change the branch where a held book will be collected."""
    hold = session.get(Hold, hold_id)
    if hold is None:
        raise ToolError(f"hold {hold_id!r} not found")
    if hold.status != "waiting":
        raise ToolError(f"hold {hold_id!r} is {hold.status!r}; it must be 'waiting'")
    if session.get(Branch, pickup_branch_id) is None:
        raise ToolError(f"branch {pickup_branch_id!r} not found")
    hold.pickup_branch_id = pickup_branch_id
    session.add(hold)
    return hold


@read
def find_member_by_email(session: Session, email: str) -> Member:
    """Find the member registered under an email address."""
    query = select(Member).where(Member.email == email).order_by(Member.member_id)
    member = session.exec(query).first()
    if member is None:
        raise ToolError(f"no member matches email {email!r}")
    return member


@read
def get_book(session: Session, book_id: str) -> Book:
    """Get a book and the number of copies on the shelf."""
    book = session.get(Book, book_id)
    if book is None:
        raise ToolError(f"book {book_id!r} not found")
    return book


@read
def get_loan(session: Session, loan_id: str) -> Loan:
    """Get a loan with its due date and status."""
    loan = session.get(Loan, loan_id)
    if loan is None:
        raise ToolError(f"loan {loan_id!r} not found")
    return loan


@read
def get_member(session: Session, member_id: str) -> Member:
    """Get a member's contact details, kind of card and status."""
    member = session.get(Member, member_id)
    if member is None:
        raise ToolError(f"member {member_id!r} not found")
    return member


@read
def list_branches(session: Session, city: str | None = None, limit: int = 20) -> list[Branch]:
    """List the library's branches, optionally only those in one city."""
    query = select(Branch).order_by(Branch.branch_id)
    if city is not None:
        query = query.where(Branch.city == city)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_fines(
    session: Session,
    member_id: str | None = None,
    status: Status | None = None,
    reason: Reason | None = None,
    limit: int = 20,
) -> list[Fine]:
    """List fines, optionally only those of one member, with one status or charged for one reason."""
    query = select(Fine).order_by(Fine.fine_id)
    if member_id is not None:
        query = query.where(Fine.member_id == member_id)
    if status is not None:
        query = query.where(Fine.status == status)
    if reason is not None:
        query = query.where(Fine.reason == reason)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_holds(
    session: Session,
    member_id: str | None = None,
    book_id: str | None = None,
    status: HoldStatus | None = None,
    limit: int = 20,
) -> list[Hold]:
    """List holds, optionally only those of one member, on one book or with one status."""
    query = select(Hold).order_by(Hold.hold_id)
    if member_id is not None:
        query = query.where(Hold.member_id == member_id)
    if book_id is not None:
        query = query.where(Hold.book_id == book_id)
    if status is not None:
        query = query.where(Hold.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_loans(
    session: Session,
    member_id: str | None = None,
    book_id: str | None = None,
    status: LoanStatus | None = None,
    due_before: str | None = None,
    limit: int = 20,
) -> list[Loan]:
    """List loans, optionally only those of one member, of one book, with one status or due by a date."""
    query = select(Loan).order_by(Loan.loan_id)
    if member_id is not None:
        query = query.where(Loan.member_id == member_id)
    if book_id is not None:
        query = query.where(Loan.book_id == book_id)
    if status is not None:
        query = query.where(Loan.status == status)
    if due_before is not None:
        query = query.where(Loan.due_date <= due_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def mark_loan_lost(session: Session, loan_id: str) -> Loan:
    """Record that the copy of a loan was lost."""
    loan = session.get(Loan, loan_id)
    if loan is None:
        raise ToolError(f"loan {loan_id!r} not found")
    if loan.status not in ("borrowed", "renewed"):
        raise ToolError(f"loan {loan_id!r} is {loan.status!r}; it must be 'borrowed' or 'renewed'")
    loan.status = "lost"
    session.add(loan)
    return loan


@write
def pay_fine(session: Session, fine_id: str, payment_method: PaymentMethod) -> Fine:
    """Pay a fine in full."""
    fine = session.get(Fine, fine_id)
    if fine is None:
        raise ToolError(f"fine {fine_id!r} not found")
    if fine.status != "unpaid":
        raise ToolError(f"fine {fine_id!r} is {fine.status!r}; it must be 'unpaid'")
    fine.payment_method = payment_method
    fine.status = "paid"
    session.add(fine)
    return fine


@write
def register_member(
    session: Session,
    first_name: str,
    last_name: str,
    email: str,
    phone: str | None = None,
    address: str | None = None,
    city: str | None = None,
    postal_code: str | None = None,
    membership_type: MembershipType = "adult",
) -> Member:
    """Register a new member and issue a library card."""
    member = Member(
        member_id=new_id(session, Member),
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        address=address,
        city=city,
        postal_code=postal_code,
        membership_type=membership_type,
        status="active",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(member)
    return member


@write
def reinstate_member(session: Session, member_id: str) -> Member:
    """Reinstate a suspended member."""
    member = session.get(Member, member_id)
    if member is None:
        raise ToolError(f"member {member_id!r} not found")
    if member.status != "suspended":
        raise ToolError(f"member {member_id!r} is {member.status!r}; it must be 'suspended'")
    member.status = "active"
    session.add(member)
    return member


@write
def renew_loan(session: Session, loan_id: str, due_date: str) -> Loan:
    """Renew a loan until a later due date."""
    loan = session.get(Loan, loan_id)
    if loan is None:
        raise ToolError(f"loan {loan_id!r} not found")
    if loan.status != "borrowed":
        raise ToolError(f"loan {loan_id!r} is {loan.status!r}; it must be 'borrowed'")
    loan.due_date = due_date
    loan.status = "renewed"
    session.add(loan)
    return loan


@write
def request_hold(session: Session, member_id: str, book_id: str, pickup_branch_id: str) -> Hold:
    """Request a hold on a book for a member."""
    member = session.get(Member, member_id)
    if member is None:
        raise ToolError(f"member {member_id!r} not found")
    if member.status != "active":
        raise ToolError(f"member {member_id!r} is {member.status!r}; it must be 'active'")
    if session.get(Book, book_id) is None:
        raise ToolError(f"book {book_id!r} not found")
    if session.get(Branch, pickup_branch_id) is None:
        raise ToolError(f"branch {pickup_branch_id!r} not found")
    hold = Hold(
        hold_id=new_id(session, Hold),
        member_id=member_id,
        book_id=book_id,
        pickup_branch_id=pickup_branch_id,
        status="waiting",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(hold)
    return hold


@write
def return_loan(session: Session, loan_id: str) -> Loan:
    """Take back the copy of a loan."""
    loan = session.get(Loan, loan_id)
    if loan is None:
        raise ToolError(f"loan {loan_id!r} not found")
    if loan.status not in ("borrowed", "renewed"):
        raise ToolError(f"loan {loan_id!r} is {loan.status!r}; it must be 'borrowed' or 'renewed'")
    loan.status = "returned"
    book = session.get_one(Book, loan.book_id)
    book.copies_available += 1
    session.add(book)
    session.add(loan)
    return loan


@read
def search_books(
    session: Session,
    query_: str | None = None,
    author: str | None = None,
    genre: Genre | None = None,
    language: Language | None = None,
    min_publication_year: int | None = None,
    max_publication_year: int | None = None,
    limit: int = 20,
) -> list[Book]:
    """Search the catalogue by title, author, genre, language and year of publication."""
    query = select(Book).order_by(Book.book_id)
    if query_ is not None:
        query = query.where(Book.title.icontains(query_, autoescape=True))
    if author is not None:
        query = query.where(Book.author == author)
    if genre is not None:
        query = query.where(Book.genre == genre)
    if language is not None:
        query = query.where(Book.language == language)
    if min_publication_year is not None:
        query = query.where(Book.publication_year >= min_publication_year)
    if max_publication_year is not None:
        query = query.where(Book.publication_year <= max_publication_year)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def suspend_member(session: Session, member_id: str) -> Member:
    """Suspend a member, who cannot borrow until reinstated."""
    member = session.get(Member, member_id)
    if member is None:
        raise ToolError(f"member {member_id!r} not found")
    if member.status != "active":
        raise ToolError(f"member {member_id!r} is {member.status!r}; it must be 'active'")
    member.status = "suspended"
    session.add(member)
    return member


@write
def update_member(
    session: Session,
    member_id: str,
    email: str | None = None,
    phone: str | None = None,
    address: str | None = None,
    city: str | None = None,
    postal_code: str | None = None,
) -> Member:
    """Update a member's contact details."""
    member = session.get(Member, member_id)
    if member is None:
        raise ToolError(f"member {member_id!r} not found")
    if email is None and phone is None and address is None and city is None and postal_code is None:
        raise ToolError("nothing to change; give email or phone or address or city or postal_code")
    if email is not None:
        member.email = email
    if phone is not None:
        member.phone = phone
    if address is not None:
        member.address = address
    if city is not None:
        member.city = city
    if postal_code is not None:
        member.postal_code = postal_code
    session.add(member)
    return member
