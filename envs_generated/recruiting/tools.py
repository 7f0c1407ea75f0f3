"""Tools of the recruiting domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Application, Candidate, Clock, Interview, Job, Offer, Recruiter

DeclineReason = Literal["salary", "location", "other_offer", "stays_with_employer"]
Division = Literal["retail", "cloud", "payments", "group_services"]
Format = Literal["phone", "video", "on_site", "work_sample"]
InterviewStatus = Literal["scheduled", "completed", "cancelled", "no_show"]
JobStatus = Literal["draft", "open", "on_hold", "closed"]
OfferStatus = Literal["sent", "accepted", "declined", "rescinded"]
Office = Literal["Denver", "Lisbon", "Toronto", "Singapore", "remote"]
Recommendation = Literal["strong_yes", "yes", "no", "strong_no"]
RejectReason = Literal[
    "not_enough_experience",
    "salary_expectations",
    "position_filled",
    "failed_interview",
    "no_work_permit",
]
Seniority = Literal["junior", "mid", "senior", "lead"]
Source = Literal["careers_page", "referral", "job_board", "agency", "event"]
Status = Literal["new", "screening", "interviewing", "offered", "hired", "rejected", "withdrawn"]


@write
def complete_interview(
    session: Session,
    interview_id: str,
    recommendation: Recommendation,
    feedback: str | None = None,
) -> Interview:
    """Complete an interview and note its outcome."""
    interview = session.get(Interview, interview_id)
    if interview is None:
        raise ToolError(f"interview {interview_id!r} not found")
    if interview.status != "scheduled":
        raise ToolError(f"interview {interview_id!r} is {interview.status!r}; it must be 'scheduled'")
    interview.recommendation = recommendation
    if feedback is not None:
        interview.feedback = feedback
    interview.status = "completed"
    session.add(interview)
    return interview


@write
def create_job(
    session: Session,
    recruiter_id: str,
    title: str,
    division: Division,
    office: Office,
    seniority: Seniority,
    annual_salary: int,
    headcount: int,
) -> Job:
    """Create a job as a draft."""
    if session.get(Recruiter, recruiter_id) is None:
        raise ToolError(f"recruiter {recruiter_id!r} not found")
    job = Job(
        job_id=new_id(session, Job),
        recruiter_id=recruiter_id,
        title=title,
        division=division,
        office=office,
        seniority=seniority,
        annual_salary=annual_salary,
        headcount=headcount,
        status="draft",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(job)
    return job


@write
def decline_offer(session: Session, offer_id: str, reason: DeclineReason) -> Offer:
    """Record that a candidate declined an offer."""
    offer = session.get(Offer, offer_id)
    if offer is None:
        raise ToolError(f"offer {offer_id!r} not found")
    if offer.status != "sent":
        raise ToolError(f"offer {offer_id!r} is {offer.status!r}; it must be 'sent'")
    offer.decline_reason = reason
    offer.status = "declined"
    session.add(offer)
    return offer


@read
def find_candidate_by_email(session: Session, email: str) -> Candidate:
    """Find the candidate with an email address."""
    query = select(Candidate).where(Candidate.email == email).order_by(Candidate.candidate_id)
    candidate = session.exec(query).first()
    if candidate is None:
        raise ToolError(f"no candidate matches email {email!r}")
    return candidate


@read
def get_job(session: Session, job_id: str) -> Job:
    """Get a job with its salary, the number of people to be hired and its status."""
    job = session.get(Job, job_id)
    if job is None:
        raise ToolError(f"job {job_id!r} not found")
    return job


@read
def list_applications(
    session: Session,
    candidate_id: str | None = None,
    job_id: str | None = None,
    source: Source | None = None,
    status: Status | None = None,
    limit: int = 25,
) -> list[Application]:
    """List applications, optionally only those of one candidate, for one job, from one source or with one status."""
    query = select(Application).order_by(Application.application_id)
    if candidate_id is not None:
        query = query.where(Application.candidate_id == candidate_id)
    if job_id is not None:
        query = query.where(Application.job_id == job_id)
    if source is not None:
        query = query.where(Application.source == source)
    if status is not None:
        query = query.where(Application.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_interviews(
    session: Session,
    application_id: str | None = None,
    interviewer: str | None = None,
    status: InterviewStatus | None = None,
    interview_after: str | None = None,
    interview_before: str | None = None,
    limit: int = 25,
) -> list[Interview]:
    """List interviews, optionally only those about one application, by one interviewer, with one status or in a period."""
    query = select(Interview).order_by(Interview.interview_id)
    if application_id is not None:
        query = query.where(Interview.application_id == application_id)
    if interviewer is not None:
        query = query.where(Interview.interviewer == interviewer)
    if status is not None:
        query = query.where(Interview.status == status)
    if interview_after is not None:
        query = query.where(Interview.interview_date >= interview_after)
    if interview_before is not None:
        query = query.where(Interview.interview_date <= interview_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_offers(
    session: Session,
    application_id: str | None = None,
    status: OfferStatus | None = None,
    min_offered_salary: int | None = None,
    limit: int = 25,
) -> list[Offer]:
    """List offers, optionally only those for one application, with one status or from a salary on."""
    query = select(Offer).order_by(Offer.offer_id)
    if application_id is not None:
        query = query.where(Offer.application_id == application_id)
    if status is not None:
        query = query.where(Offer.status == status)
    if min_offered_salary is not None:
        query = query.where(Offer.offered_salary >= min_offered_salary)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_recruiters(session: Session, division: Division | None = None, limit: int = 25) -> list[Recruiter]:
    """List recruiters, optionally only those of one division."""
    query = select(Recruiter).order_by(Recruiter.recruiter_id)
    if division is not None:
        query = query.where(Recruiter.division == division)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def publish_job(session: Session, job_id: str) -> Job:
    """Publish a job so that candidates can apply."""
    job = session.get(Job, job_id)
    if job is None:
        raise ToolError(f"job {job_id!r} not found")
    if job.status not in ("draft", "on_hold"):
        raise ToolError(f"job {job_id!r} is {job.status!r}; it must be 'draft' or 'on_hold'")
    job.status = "open"
    session.add(job)
    return job


@write
def put_job_on_hold(session: Session, job_id: str) -> Job:
    """Stop applications for a job for a while."""
    job = session.get(Job, job_id)
    if job is None:
        raise ToolError(f"job {job_id!r} not found")
    if job.status != "open":
        raise ToolError(f"job {job_id!r} is {job.status!r}; it must be 'open'")
    job.status = "on_hold"
    session.add(job)
    return job


@write
def reassign_job(session: Session, job_id: str, recruiter_id: str) -> Job:
    """Put another recruiter in charge of a job."""
    job = session.get(Job, job_id)
    if job is None:
        raise ToolError(f"job {job_id!r} not found")
    if job.status not in ("draft", "open", "on_hold"):
        raise ToolError(f"job {job_id!r} is {job.status!r}; it must be 'draft', 'open' or 'on_hold'")
    if session.get(Recruiter, recruiter_id) is None:
        raise ToolError(f"recruiter {recruiter_id!r} not found")
    job.recruiter_id = recruiter_id
    session.add(job)
    return job


@write
def reject_application(session: Session, application_id: str, reason: RejectReason) -> Application:
    """Reject an application."""
    application = session.get(Application, application_id)
    if application is None:
        raise ToolError(f"application {application_id!r} not found")
    if application.status not in ("new", "screening", "interviewing"):
        raise ToolError(
            f"application {application_id!r} is {application.status!r}; it must be 'new', 'screening' or 'interviewing'"
        )
    application.reject_reason = reason
    application.status = "rejected"
    session.add(application)
    return application


@write
def schedule_interview(
    session: Session,
    application_id: str,
    interviewer: str,
    interview_date: str,
    start_time: str,
    format: Format,
) -> Interview:
    """Schedule an interview about an application."""
    application = session.get(Application, application_id)
    if application is None:
        raise ToolError(f"application {application_id!r} not found")
    if application.status not in ("screening", "interviewing"):
        raise ToolError(
            f"application {application_id!r} is {application.status!r}; it must be 'screening' or 'interviewing'"
        )
    application.status = "interviewing"
    session.add(application)
    interview = Interview(
        interview_id=new_id(session, Interview),
        application_id=application_id,
        interviewer=interviewer,
        interview_date=interview_date,
        start_time=start_time,
        format=format,
        status="scheduled",
    )
    session.add(interview)
    return interview


@write
def screen_application(session: Session, application_id: str) -> Application:
    """Start the screening of an application."""
    application = session.get(Application, application_id)
    if application is None:
        raise ToolError(f"application {application_id!r} not found")
    if application.status != "new":
        raise ToolError(f"application {application_id!r} is {application.status!r}; it must be 'new'")
    application.status = "screening"
    session.add(application)
    return application


@read
def search_jobs(
    session: Session,
    query_: str | None = None,
    division: Division | None = None,
    office: Office | None = None,
    seniority: Seniority | None = None,
    min_annual_salary: int | None = None,
    status: JobStatus | None = None,
    limit: int = 25,
) -> list[Job]:
    """Search jobs by title, division, office, seniority, salary and status."""
    query = select(Job).order_by(Job.job_id)
    if query_ is not None:
        query = query.where(Job.title.icontains(query_, autoescape=True))
    if division is not None:
        query = query.where(Job.division == division)
    if office is not None:
        query = query.where(Job.office == office)
    if seniority is not None:
        query = query.where(Job.seniority == seniority)
    if min_annual_salary is not None:
        query = query.where(Job.annual_salary >= min_annual_salary)
    if status is not None:
        query = query.where(Job.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def send_offer(session: Session, application_id: str, offered_salary: int, first_day: str) -> Offer:
    """Send an offer to the candidate of an application."""
    application = session.get(Application, application_id)
    if application is None:
        raise ToolError(f"application {application_id!r} not found")
    if application.status != "interviewing":
        raise ToolError(f"application {application_id!r} is {application.status!r}; it must be 'interviewing'")
    application.status = "offered"
    session.add(application)
    offer = Offer(
        offer_id=new_id(session, Offer),
        application_id=application_id,
        offered_salary=offered_salary,
        first_day=first_day,
        status="sent",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(offer)
    return offer


@write
def submit_application(session: Session, candidate_id: str, job_id: str, source: Source) -> Application:
    """Submit a candidate's application for a job."""
    if session.get(Candidate, candidate_id) is None:
        raise ToolError(f"candidate {candidate_id!r} not found")
    job = session.get(Job, job_id)
    if job is None:
        raise ToolError(f"job {job_id!r} not found")
    if job.status != "open":
        raise ToolError(f"job {job_id!r} is {job.status!r}; it must be 'open'")
    application = Application(
        application_id=new_id(session, Application),
        candidate_id=candidate_id,
        job_id=job_id,
        source=source,
        status="new",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(application)
    return application
