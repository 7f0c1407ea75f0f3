"""Tables of the smart home domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Alert(Base, table=True):
    """One alert."""

    __tablename__ = "alert"
    alert_id: str = Field(primary_key=True)
    device_id: str = Field(foreign_key="device.device_id", index=True)
    alert_type: str
    severity: str
    status: str
    created_at: str


class Automation(Base, table=True):
    """One automation."""

    __tablename__ = "automation"
    automation_id: str = Field(primary_key=True)
    home_id: str = Field(foreign_key="home.home_id", index=True)
    scene_id: str = Field(foreign_key="scene.scene_id", index=True)
    name: str
    trigger: str
    trigger_time: str | None = None
    enabled: bool


class Device(Base, table=True):
    """One device."""

    __tablename__ = "device"
    device_id: str = Field(primary_key=True)
    room_id: str = Field(foreign_key="room.room_id", index=True)
    name: str
    device_type: str
    brand: str
    power_state: str
    level: int
    battery_percent: int
    locked: bool
    status: str


class Home(Base, table=True):
    """One home."""

    __tablename__ = "home"
    home_id: str = Field(primary_key=True)
    name: str
    owner_email: str
    address: str
    city: str
    timezone: str
    status: str


class Room(Base, table=True):
    """One room."""

    __tablename__ = "room"
    room_id: str = Field(primary_key=True)
    home_id: str = Field(foreign_key="home.home_id", index=True)
    name: str
    floor: int


class Scene(Base, table=True):
    """One scene."""

    __tablename__ = "scene"
    scene_id: str = Field(primary_key=True)
    home_id: str = Field(foreign_key="home.home_id", index=True)
    name: str
    icon: str
    favorite: bool
    created_at: str


class SceneAction(Base, table=True):
    """One scene action."""

    __tablename__ = "scene_action"
    scene_action_id: str = Field(primary_key=True)
    scene_id: str = Field(foreign_key="scene.scene_id", index=True)
    device_id: str = Field(foreign_key="device.device_id", index=True)
    desired_power: str
    desired_level: int | None = None
