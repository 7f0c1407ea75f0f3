"""Tools of the music streaming domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Album, Artist, Clock, Download, Follow, Listener, Playlist, PlaylistTrack, Track, TrackRating

AlbumType = Literal["album", "ep", "single", "live"]
CancelReason = Literal["too_expensive", "missing_music", "other_service", "rarely_used"]
FileFormat = Literal["mp3", "flac", "wav"]
Genre = Literal["pop", "rock", "jazz", "electronic", "classical", "hip_hop", "folk", "metal"]
Mood = Literal["calm", "happy", "melancholic", "energetic", "romantic"]
Plan = Literal["free", "individual", "duo", "family", "student"]
Status = Literal["reserved", "paid", "refunded"]
Visibility = Literal["private", "link", "public"]


@write
def add_playlist_track(session: Session, playlist_id: str, track_id: str) -> PlaylistTrack:
    """Add a track to a playlist."""
    if session.get(Playlist, playlist_id) is None:
        raise ToolError(f"playlist {playlist_id!r} not found")
    if session.get(Track, track_id) is None:
        raise ToolError(f"track {track_id!r} not found")
    playlist_track = PlaylistTrack(
        playlist_track_id=new_id(session, PlaylistTrack),
        playlist_id=playlist_id,
        track_id=track_id,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(playlist_track)
    return playlist_track


@write
def buy_download(session: Session, listener_id: str, album_id: str, file_format: FileFormat = "mp3") -> Download:
    """Buy the download of an album, which is then to be paid from the listener's credit."""
    listener = session.get(Listener, listener_id)
    if listener is None:
        raise ToolError(f"listener {listener_id!r} not found")
    if listener.status != "active":
        raise ToolError(f"listener {listener_id!r} is {listener.status!r}; it must be 'active'")
    album = session.get(Album, album_id)
    if album is None:
        raise ToolError(f"album {album_id!r} not found")
    download = Download(
        download_id=new_id(session, Download),
        listener_id=listener_id,
        album_id=album_id,
        file_format=file_format,
        amount=album.price,
        status="reserved",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(download)
    return download


@write
def cancel_subscription(session: Session, listener_id: str, cancel_reason: CancelReason) -> Listener:
    """Cancel the subscription of a listener."""
    listener = session.get(Listener, listener_id)
    if listener is None:
        raise ToolError(f"listener {listener_id!r} not found")
    if listener.status not in ("active", "paused"):
        raise ToolError(f"listener {listener_id!r} is {listener.status!r}; it must be 'active' or 'paused'")
    listener.cancel_reason = cancel_reason
    listener.status = "cancelled"
    session.add(listener)
    return listener


@write
def change_listener_plan(session: Session, listener_id: str, plan: Plan) -> Listener:
    """Change the plan a listener is on."""
    listener = session.get(Listener, listener_id)
    if listener is None:
        raise ToolError(f"listener {listener_id!r} not found")
    if listener.status != "active":
        raise ToolError(f"listener {listener_id!r} is {listener.status!r}; it must be 'active'")
    listener.plan = plan
    session.add(listener)
    return listener


@write
def create_playlist(
    session: Session,
    owner_listener_id: str,
    name: str,
    description: str | None = None,
    visibility: Visibility = "private",
) -> Playlist:
    """Create an empty playlist."""
    if session.get(Listener, owner_listener_id) is None:
        raise ToolError(f"listener {owner_listener_id!r} not found")
    playlist = Playlist(
        playlist_id=new_id(session, Playlist),
        owner_listener_id=owner_listener_id,
        name=name,
        description=description,
        visibility=visibility,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(playlist)
    return playlist


@write
def delete_follow(session: Session, follow_id: str) -> Follow:
    """Stop following an artist."""
    follow = session.get(Follow, follow_id)
    if follow is None:
        raise ToolError(f"follow {follow_id!r} not found")
    session.delete(follow)
    return follow


@read
def find_listener_by_email(session: Session, email: str) -> Listener:
    """Find the listener with an email address."""
    query = select(Listener).where(Listener.email == email).order_by(Listener.listener_id)
    listener = session.exec(query).first()
    if listener is None:
        raise ToolError(f"no listener matches email {email!r}")
    return listener


@write
def follow_artist(session: Session, listener_id: str, artist_id: str, notifications: bool = True) -> Follow:
    """Follow an artist."""
    listener = session.get(Listener, listener_id)
    if listener is None:
        raise ToolError(f"listener {listener_id!r} not found")
    if listener.status != "active":
        raise ToolError(f"listener {listener_id!r} is {listener.status!r}; it must be 'active'")
    if session.get(Artist, artist_id) is None:
        raise ToolError(f"artist {artist_id!r} not found")
    follow = Follow(
        follow_id=new_id(session, Follow),
        listener_id=listener_id,
        artist_id=artist_id,
        notifications=notifications,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(follow)
    return follow


@read
def list_downloads(
    session: Session,
    listener_id: str | None = None,
    album_id: str | None = None,
    status: Status | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 25,
) -> list[Download]:
    """List downloads, optionally only those of one listener, of one album, with one status or bought in a period."""
    query = select(Download).order_by(Download.download_id)
    if listener_id is not None:
        query = query.where(Download.listener_id == listener_id)
    if album_id is not None:
        query = query.where(Download.album_id == album_id)
    if status is not None:
        query = query.where(Download.status == status)
    if created_after is not None:
        query = query.where(Download.created_at >= created_after)
    if created_before is not None:
        query = query.where(Download.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_follows(
    session: Session,
    listener_id: str | None = None,
    artist_id: str | None = None,
    limit: int = 25,
) -> list[Follow]:
    """List which artists are followed, optionally only those a listener follows or the followers of one artist."""
    query = select(Follow).order_by(Follow.follow_id)
    if listener_id is not None:
        query = query.where(Follow.listener_id == listener_id)
    if artist_id is not None:
        query = query.where(Follow.artist_id == artist_id)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_playlist_tracks(session: Session, playlist_id: str, limit: int = 25) -> list[PlaylistTrack]:
    """List the tracks on a playlist."""
    if session.get(Playlist, playlist_id) is None:
        raise ToolError(f"playlist {playlist_id!r} not found")
    query = (
        select(PlaylistTrack).where(PlaylistTrack.playlist_id == playlist_id).order_by(PlaylistTrack.playlist_track_id)
    )
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_playlists(
    session: Session,
    owner_listener_id: str | None = None,
    visibility: Visibility | None = None,
    limit: int = 25,
) -> list[Playlist]:
    """List playlists, optionally only those of one listener or with one visibility."""
    query = select(Playlist).order_by(Playlist.playlist_id)
    if owner_listener_id is not None:
        query = query.where(Playlist.owner_listener_id == owner_listener_id)
    if visibility is not None:
        query = query.where(Playlist.visibility == visibility)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def load_listener_credit(session: Session, listener_id: str, amount: float) -> Listener:
    """Load credit for album downloads."""
    listener = session.get(Listener, listener_id)
    if listener is None:
        raise ToolError(f"listener {listener_id!r} not found")
    if listener.status != "active":
        raise ToolError(f"listener {listener_id!r} is {listener.status!r}; it must be 'active'")
    listener.balance = round(listener.balance + amount, 2)
    session.add(listener)
    return listener


@write
def pause_subscription(session: Session, listener_id: str) -> Listener:
    """Pause the subscription of a listener."""
    listener = session.get(Listener, listener_id)
    if listener is None:
        raise ToolError(f"listener {listener_id!r} not found")
    if listener.status != "active":
        raise ToolError(f"listener {listener_id!r} is {listener.status!r}; it must be 'active'")
    listener.status = "paused"
    session.add(listener)
    return listener


@write
def pay_download(session: Session, download_id: str, payer_listener_id: str) -> Download:
    """Pay a reserved download."""
    download = session.get(Download, download_id)
    if download is None:
        raise ToolError(f"download {download_id!r} not found")
    if download.status != "reserved":
        raise ToolError(f"download {download_id!r} is {download.status!r}; it must be 'reserved'")
    payer_listener = session.get(Listener, payer_listener_id)
    if payer_listener is None:
        raise ToolError(f"listener {payer_listener_id!r} not found")
    if payer_listener.status != "active":
        raise ToolError(f"listener {payer_listener_id!r} is {payer_listener.status!r}; it must be 'active'")
    if payer_listener.balance < download.amount:
        raise ToolError(
            f"listener {payer_listener_id!r}: balance is {payer_listener.balance!r}, {download.amount!r} needed"
        )
    download.payer_listener_id = payer_listener_id
    payer_listener.balance = round(payer_listener.balance - download.amount, 2)
    session.add(payer_listener)
    download.status = "paid"
    session.add(download)
    return download


@write
def remove_playlist_track(session: Session, playlist_track_id: str) -> PlaylistTrack:
    """Remove a track from a playlist."""
    playlist_track = session.get(PlaylistTrack, playlist_track_id)
    if playlist_track is None:
        raise ToolError(f"playlist track {playlist_track_id!r} not found")
    session.delete(playlist_track)
    return playlist_track


@write
def resume_subscription(session: Session, listener_id: str) -> Listener:
    """Resume a paused subscription."""
    listener = session.get(Listener, listener_id)
    if listener is None:
        raise ToolError(f"listener {listener_id!r} not found")
    if listener.status != "paused":
        raise ToolError(f"listener {listener_id!r} is {listener.status!r}; it must be 'paused'")
    listener.status = "active"
    session.add(listener)
    return listener


@read
def search_albums(
    session: Session,
    query_: str | None = None,
    artist_id: str | None = None,
    album_type: AlbumType | None = None,
    release_after: str | None = None,
    max_price: float | None = None,
    limit: int = 25,
) -> list[Album]:
    """Search albums by title, artist, kind, release and price."""
    query = select(Album).order_by(Album.album_id)
    if query_ is not None:
        query = query.where(Album.title.icontains(query_, autoescape=True))
    if artist_id is not None:
        query = query.where(Album.artist_id == artist_id)
    if album_type is not None:
        query = query.where(Album.album_type == album_type)
    if release_after is not None:
        query = query.where(Album.release_date >= release_after)
    if max_price is not None:
        query = query.where(Album.price <= max_price)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def search_artists(
    session: Session,
    query_: str | None = None,
    genre: Genre | None = None,
    min_monthly_listeners: int | None = None,
    verified: bool | None = None,
    limit: int = 25,
) -> list[Artist]:
    """Search artists by name, genre and number of listeners."""
    query = select(Artist).order_by(Artist.artist_id)
    if query_ is not None:
        query = query.where(Artist.name.icontains(query_, autoescape=True))
    if genre is not None:
        query = query.where(Artist.genre == genre)
    if min_monthly_listeners is not None:
        query = query.where(Artist.monthly_listeners >= min_monthly_listeners)
    if verified is not None:
        query = query.where(Artist.verified == verified)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def search_tracks(
    session: Session,
    query_: str | None = None,
    album_id: str | None = None,
    mood: Mood | None = None,
    explicit: bool | None = None,
    min_duration_seconds: int | None = None,
    max_duration_seconds: int | None = None,
    limit: int = 25,
) -> list[Track]:
    """Search tracks by title, album, mood and length."""
    query = select(Track).order_by(Track.track_id)
    if query_ is not None:
        query = query.where(Track.title.icontains(query_, autoescape=True))
    if album_id is not None:
        query = query.where(Track.album_id == album_id)
    if mood is not None:
        query = query.where(Track.mood == mood)
    if explicit is not None:
        query = query.where(Track.explicit == explicit)
    if min_duration_seconds is not None:
        query = query.where(Track.duration_seconds >= min_duration_seconds)
    if max_duration_seconds is not None:
        query = query.where(Track.duration_seconds <= max_duration_seconds)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def submit_track_rating(session: Session, listener_id: str, track_id: str, stars: int) -> TrackRating:
    """Submit a rating of a track."""
    if session.get(Listener, listener_id) is None:
        raise ToolError(f"listener {listener_id!r} not found")
    if session.get(Track, track_id) is None:
        raise ToolError(f"track {track_id!r} not found")
    track_rating = TrackRating(
        track_rating_id=new_id(session, TrackRating),
        listener_id=listener_id,
        track_id=track_id,
        stars=stars,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(track_rating)
    return track_rating


@write
def update_playlist(
    session: Session,
    playlist_id: str,
    name: str | None = None,
    description: str | None = None,
    visibility: Visibility | None = None,
) -> Playlist:
    """Update the name, description or visibility of a playlist."""
    playlist = session.get(Playlist, playlist_id)
    if playlist is None:
        raise ToolError(f"playlist {playlist_id!r} not found")
    if name is None and description is None and visibility is None:
        raise ToolError("nothing to change; give name or description or visibility")
    if name is not None:
        playlist.name = name
    if description is not None:
        playlist.description = description
    if visibility is not None:
        playlist.visibility = visibility
    session.add(playlist)
    return playlist
