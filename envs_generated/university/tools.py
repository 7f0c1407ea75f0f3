"""Tools of the university domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Clock, Course, Enrollment, Prerequisite, Section, Student, TranscriptRequest

Campus = Literal["main", "riverside", "online"]
DeliveryMethod = Literal["electronic", "mail", "pickup"]
Grade = Literal["A", "B", "C", "D", "F", "P"]
GradingBasis = Literal["letter", "pass_fail", "audit"]
Level = Literal["introductory", "intermediate", "advanced", "graduate"]
Major = Literal[
    "biology",
    "computer_science",
    "economics",
    "history",
    "mathematics",
    "mechanical_engineering",
    "music",
    "psychology",
]
SectionStatus = Literal["open", "closed", "cancelled"]
Status = Literal["active", "completed", "withdrawn"]
Term = Literal["spring_2025", "summer_2025", "fall_2025"]
TranscriptRequestStatus = Literal["received", "sent", "cancelled"]
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
WithdrawReason = Literal["schedule_conflict", "workload", "changed_major", "personal"]


@write
def cancel_transcript_request(session: Session, transcript_request_id: str) -> TranscriptRequest:
    """Cancel a transcript request before it is sent."""
    transcript_request = session.get(TranscriptRequest, transcript_request_id)
    if transcript_request is None:
        raise ToolError(f"transcript request {transcript_request_id!r} not found")
    if transcript_request.status != "received":
        raise ToolError(
            f"transcript request {transcript_request_id!r} is {transcript_request.status!r}; it must be 'received'"
        )
    transcript_request.status = "cancelled"
    session.add(transcript_request)
    return transcript_request


@write
def change_student_major(session: Session, student_id: str, major: Major) -> Student:
    """Change the major of a student."""
    student = session.get(Student, student_id)
    if student is None:
        raise ToolError(f"student {student_id!r} not found")
    if student.status != "active":
        raise ToolError(f"student {student_id!r} is {student.status!r}; it must be 'active'")
    student.major = major
    session.add(student)
    return student


@write
def close_section(session: Session, section_id: str) -> Section:
    """Close a section to new enrollments."""
    section = session.get(Section, section_id)
    if section is None:
        raise ToolError(f"section {section_id!r} not found")
    if section.status != "open":
        raise ToolError(f"section {section_id!r} is {section.status!r}; it must be 'open'")
    section.status = "closed"
    session.add(section)
    return section


@write
def enroll_student(
    session: Session,
    student_id: str,
    section_id: str,
    grading_basis: GradingBasis = "letter",
) -> Enrollment:
    """Enroll a student in a section."""
    student = session.get(Student, student_id)
    if student is None:
        raise ToolError(f"student {student_id!r} not found")
    if student.status != "active":
        raise ToolError(f"student {student_id!r} is {student.status!r}; it must be 'active'")
    section = session.get(Section, section_id)
    if section is None:
        raise ToolError(f"section {section_id!r} not found")
    if section.status != "open":
        raise ToolError(f"section {section_id!r} is {section.status!r}; it must be 'open'")
    if section.seats_available < 1:
        raise ToolError(f"section {section_id!r}: seats available is {section.seats_available!r}, {1!r} needed")
    section.seats_available -= 1
    session.add(section)
    enrollment = Enrollment(
        enrollment_id=new_id(session, Enrollment),
        student_id=student_id,
        section_id=section_id,
        grading_basis=grading_basis,
        status="active",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(enrollment)
    return enrollment


@read
def find_student_by_email(session: Session, email: str) -> Student:
    """Find the student with a university email address."""
    query = select(Student).where(Student.email == email).order_by(Student.student_id)
    student = session.exec(query).first()
    if student is None:
        raise ToolError(f"no student matches email {email!r}")
    return student


@read
def get_course(session: Session, course_code: str) -> Course:
    """Get a course with its title, campus, credits and level."""
    course = session.get(Course, course_code)
    if course is None:
        raise ToolError(f"course {course_code!r} not found")
    return course


@read
def get_student_details(session: Session, student_id: str) -> Student:
    """Get a student with major, year, grade point average and status."""
    student = session.get(Student, student_id)
    if student is None:
        raise ToolError(f"student {student_id!r} not found")
    return student


@read
def list_enrollments(
    session: Session,
    student_id: str | None = None,
    section_id: str | None = None,
    grade: Grade | None = None,
    status: Status | None = None,
    limit: int = 50,
) -> list[Enrollment]:
    """List enrollments, optionally only those of one student, in one section, with one grade or with one status."""
    query = select(Enrollment).order_by(Enrollment.enrollment_id)
    if student_id is not None:
        query = query.where(Enrollment.student_id == student_id)
    if section_id is not None:
        query = query.where(Enrollment.section_id == section_id)
    if grade is not None:
        query = query.where(Enrollment.grade == grade)
    if status is not None:
        query = query.where(Enrollment.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_prerequisites(
    session: Session,
    course_code: str | None = None,
    required_course_code: str | None = None,
    limit: int = 50,
) -> list[Prerequisite]:
    """List prerequisites, optionally only those of one course or that one course is required for."""
    query = select(Prerequisite).order_by(Prerequisite.prerequisite_id)
    if course_code is not None:
        query = query.where(Prerequisite.course_code == course_code)
    if required_course_code is not None:
        query = query.where(Prerequisite.required_course_code == required_course_code)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_transcript_requests(
    session: Session,
    student_id: str | None = None,
    delivery_method: DeliveryMethod | None = None,
    status: TranscriptRequestStatus | None = None,
    limit: int = 50,
) -> list[TranscriptRequest]:
    """List transcript requests, optionally only those of one student, sent in one way or with one status."""
    query = select(TranscriptRequest).order_by(TranscriptRequest.transcript_request_id)
    if student_id is not None:
        query = query.where(TranscriptRequest.student_id == student_id)
    if delivery_method is not None:
        query = query.where(TranscriptRequest.delivery_method == delivery_method)
    if status is not None:
        query = query.where(TranscriptRequest.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def move_section(
    session: Session,
    section_id: str,
    weekday: Weekday | None = None,
    start_time: str | None = None,
    building: str | None = None,
) -> Section:
    """Move a section to another day, time or building."""
    section = session.get(Section, section_id)
    if section is None:
        raise ToolError(f"section {section_id!r} not found")
    if section.status not in ("open", "closed"):
        raise ToolError(f"section {section_id!r} is {section.status!r}; it must be 'open' or 'closed'")
    if weekday is None and start_time is None and building is None:
        raise ToolError("nothing to change; give weekday or start_time or building")
    if weekday is not None:
        section.weekday = weekday
    if start_time is not None:
        section.start_time = start_time
    if building is not None:
        section.building = building
    session.add(section)
    return section


@write
def place_student_on_leave(session: Session, student_id: str) -> Student:
    """Place a student on leave, which stops new enrollments."""
    student = session.get(Student, student_id)
    if student is None:
        raise ToolError(f"student {student_id!r} not found")
    if student.status != "active":
        raise ToolError(f"student {student_id!r} is {student.status!r}; it must be 'active'")
    student.status = "on_leave"
    session.add(student)
    return student


@write
def record_grade(session: Session, enrollment_id: str, grade: Grade) -> Enrollment:
    """Record the final grade of an enrollment."""
    enrollment = session.get(Enrollment, enrollment_id)
    if enrollment is None:
        raise ToolError(f"enrollment {enrollment_id!r} not found")
    if enrollment.status != "active":
        raise ToolError(f"enrollment {enrollment_id!r} is {enrollment.status!r}; it must be 'active'")
    enrollment.grade = grade
    enrollment.status = "completed"
    session.add(enrollment)
    return enrollment


@write
def reinstate_student(session: Session, student_id: str) -> Student:
    """Bring a student back from leave."""
    student = session.get(Student, student_id)
    if student is None:
        raise ToolError(f"student {student_id!r} not found")
    if student.status != "on_leave":
        raise ToolError(f"student {student_id!r} is {student.status!r}; it must be 'on_leave'")
    student.status = "active"
    session.add(student)
    return student


@write
def request_transcript(
    session: Session,
    student_id: str,
    destination: str,
    delivery_method: DeliveryMethod = "electronic",
    copies: int = 1,
) -> TranscriptRequest:
    """Request that a student's transcript is sent."""
    if session.get(Student, student_id) is None:
        raise ToolError(f"student {student_id!r} not found")
    transcript_request = TranscriptRequest(
        transcript_request_id=new_id(session, TranscriptRequest),
        student_id=student_id,
        destination=destination,
        delivery_method=delivery_method,
        copies=copies,
        status="received",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(transcript_request)
    return transcript_request


@read
def search_courses(
    session: Session,
    query_: str | None = None,
    campus: Campus | None = None,
    level: Level | None = None,
    min_credits: int | None = None,
    max_credits: int | None = None,
    limit: int = 50,
) -> list[Course]:
    """Search the course catalogue by title, campus, level and credits."""
    query = select(Course).order_by(Course.course_code)
    if query_ is not None:
        query = query.where(Course.title.icontains(query_, autoescape=True))
    if campus is not None:
        query = query.where(Course.campus == campus)
    if level is not None:
        query = query.where(Course.level == level)
    if min_credits is not None:
        query = query.where(Course.credits >= min_credits)
    if max_credits is not None:
        query = query.where(Course.credits <= max_credits)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def search_sections(
    session: Session,
    course_code: str | None = None,
    term: Term | None = None,
    weekday: Weekday | None = None,
    instructor: str | None = None,
    min_seats_available: int | None = None,
    status: SectionStatus | None = None,
    limit: int = 50,
) -> list[Section]:
    """Search sections by course, term, day, instructor, places left and status."""
    query = select(Section).order_by(Section.section_id)
    if course_code is not None:
        query = query.where(Section.course_code == course_code)
    if term is not None:
        query = query.where(Section.term == term)
    if weekday is not None:
        query = query.where(Section.weekday == weekday)
    if instructor is not None:
        query = query.where(Section.instructor == instructor)
    if min_seats_available is not None:
        query = query.where(Section.seats_available >= min_seats_available)
    if status is not None:
        query = query.where(Section.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def withdraw_enrollment(session: Session, enrollment_id: str, reason: WithdrawReason) -> Enrollment:
    """Withdraw a student from a section."""
    enrollment = session.get(Enrollment, enrollment_id)
    if enrollment is None:
        raise ToolError(f"enrollment {enrollment_id!r} not found")
    if enrollment.status != "active":
        raise ToolError(f"enrollment {enrollment_id!r} is {enrollment.status!r}; it must be 'active'")
    enrollment.withdraw_reason = reason
    enrollment.status = "withdrawn"
    section = session.get_one(Section, enrollment.section_id)
    section.seats_available += 1
    session.add(section)
    session.add(enrollment)
    return enrollment
