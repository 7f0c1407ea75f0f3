"""Tables of the music streaming domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Album(Base, table=True):
    """One album."""

    __tablename__ = "album"
    album_id: str = Field(primary_key=True)
    artist_id: str = Field(foreign_key="artist.artist_id", index=True)
    title: str
    album_type: str
    release_date: str
    label: str
    price: float


class Artist(Base, table=True):
    """One artist."""

    __tablename__ = "artist"
    artist_id: str = Field(primary_key=True)
    name: str
    genre: str
    country: str
    monthly_listeners: int
    verified: bool


class Download(Base, table=True):
    """One download."""

    __tablename__ = "download"
    download_id: str = Field(primary_key=True)
    listener_id: str = Field(foreign_key="listener.listener_id", index=True)
    album_id: str = Field(foreign_key="album.album_id", index=True)
    file_format: str
    amount: float
    payer_listener_id: str | None = Field(default=None, foreign_key="listener.listener_id", index=True)
    status: str
    created_at: str


class Follow(Base, table=True):
    """One follow."""

    __tablename__ = "follow"
    follow_id: str = Field(primary_key=True)
    listener_id: str = Field(foreign_key="listener.listener_id", index=True)
    artist_id: str = Field(foreign_key="artist.artist_id", index=True)
    notifications: bool
    created_at: str


class Listener(Base, table=True):
    """One listener."""

    __tablename__ = "listener"
    listener_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    country: str
    plan: str
    audio_quality: str
    balance: float
    status: str
    cancel_reason: str | None = None
    created_at: str


class Playlist(Base, table=True):
    """One playlist."""

    __tablename__ = "playlist"
    playlist_id: str = Field(primary_key=True)
    owner_listener_id: str = Field(foreign_key="listener.listener_id", index=True)
    name: str
    description: str | None = None
    visibility: str
    created_at: str


class PlaylistTrack(Base, table=True):
    """One playlist track."""

    __tablename__ = "playlist_track"
    playlist_track_id: str = Field(primary_key=True)
    playlist_id: str = Field(foreign_key="playlist.playlist_id", index=True)
    track_id: str = Field(foreign_key="track.track_id", index=True)
    created_at: str


class Track(Base, table=True):
    """One track."""

    __tablename__ = "track"
    track_id: str = Field(primary_key=True)
    album_id: str = Field(foreign_key="album.album_id", index=True)
    title: str
    track_number: int
    duration_seconds: int
    explicit: bool
    mood: str


class TrackRating(Base, table=True):
    """One track rating."""

    __tablename__ = "track_rating"
    track_rating_id: str = Field(primary_key=True)
    listener_id: str = Field(foreign_key="listener.listener_id", index=True)
    track_id: str = Field(foreign_key="track.track_id", index=True)
    stars: int
    created_at: str
