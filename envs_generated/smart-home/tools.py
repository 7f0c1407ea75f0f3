"""Tools of the smart home domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Alert, Automation, Clock, Device, Home, Room, Scene, SceneAction

AlertType = Literal["low_battery", "unreachable", "overheating", "tampering", "motion", "update_failed"]
DesiredPower = Literal["on", "off"]
DeviceStatus = Literal["online", "offline", "removed"]
DeviceType = Literal["light", "thermostat", "plug", "blind", "camera", "lock", "speaker", "sensor"]
HomeStatus = Literal["occupied", "away", "night", "vacation"]
Icon = Literal["moon", "sun", "sofa", "book", "music", "door", "leaf"]
PowerState = Literal["off", "on"]
Severity = Literal["info", "warning", "critical"]
Status = Literal["new", "acknowledged", "resolved"]
Trigger = Literal["time_of_day", "sunset", "sunrise", "motion", "door_opened", "everyone_left"]


@write
def acknowledge_alert(session: Session, alert_id: str) -> Alert:
    """Acknowledge an alert."""
    alert = session.get(Alert, alert_id)
    if alert is None:
        raise ToolError(f"alert {alert_id!r} not found")
    if alert.status != "new":
        raise ToolError(f"alert {alert_id!r} is {alert.status!r}; it must be 'new'")
    alert.status = "acknowledged"
    session.add(alert)
    return alert


@write
def add_scene_action(
    session: Session,
    scene_id: str,
    device_id: str,
    desired_power: DesiredPower,
    desired_level: int | None = None,
) -> SceneAction:
    """Add what a scene does with a device."""
    if session.get(Scene, scene_id) is None:
        raise ToolError(f"scene {scene_id!r} not found")
    device = session.get(Device, device_id)
    if device is None:
        raise ToolError(f"device {device_id!r} not found")
    if device.status not in ("online", "offline"):
        raise ToolError(f"device {device_id!r} is {device.status!r}; it must be 'online' or 'offline'")
    scene_action = SceneAction(
        scene_action_id=new_id(session, SceneAction),
        scene_id=scene_id,
        device_id=device_id,
        desired_power=desired_power,
        desired_level=desired_level,
    )
    session.add(scene_action)
    return scene_action


@write
def create_scene(session: Session, home_id: str, name: str, icon: Icon = "sun") -> Scene:
    """Create an empty scene for a home."""
    if session.get(Home, home_id) is None:
        raise ToolError(f"home {home_id!r} not found")
    scene = Scene(
        scene_id=new_id(session, Scene),
        home_id=home_id,
        name=name,
        icon=icon,
        favorite=False,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(scene)
    return scene


@write
def disable_automation(session: Session, automation_id: str) -> Automation:
    """Switch an automation off."""
    automation = session.get(Automation, automation_id)
    if automation is None:
        raise ToolError(f"automation {automation_id!r} not found")
    automation.enabled = False
    session.add(automation)
    return automation


@write
def enable_automation(session: Session, automation_id: str) -> Automation:
    """Switch an automation on."""
    automation = session.get(Automation, automation_id)
    if automation is None:
        raise ToolError(f"automation {automation_id!r} not found")
    automation.enabled = True
    session.add(automation)
    return automation


@read
def find_home_by_owner_email(session: Session, owner_email: str) -> Home:
    """Find the home of the owner with an email address."""
    query = select(Home).where(Home.owner_email == owner_email).order_by(Home.home_id)
    home = session.exec(query).first()
    if home is None:
        raise ToolError(f"no home matches owner_email {owner_email!r}")
    return home


@read
def list_alerts(
    session: Session,
    device_id: str | None = None,
    alert_type: AlertType | None = None,
    severity: Severity | None = None,
    status: Status | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 50,
) -> list[Alert]:
    """List alerts, optionally only those of one device, of one kind, of one severity, with one status or in a period."""
    query = select(Alert).order_by(Alert.alert_id)
    if device_id is not None:
        query = query.where(Alert.device_id == device_id)
    if alert_type is not None:
        query = query.where(Alert.alert_type == alert_type)
    if severity is not None:
        query = query.where(Alert.severity == severity)
    if status is not None:
        query = query.where(Alert.status == status)
    if created_after is not None:
        query = query.where(Alert.created_at >= created_after)
    if created_before is not None:
        query = query.where(Alert.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_automations(
    session: Session,
    home_id: str | None = None,
    scene_id: str | None = None,
    trigger: Trigger | None = None,
    enabled: bool | None = None,
    limit: int = 50,
) -> list[Automation]:
    """List automations, optionally only those in one home, that start one scene, with one trigger or switched on."""
    query = select(Automation).order_by(Automation.automation_id)
    if home_id is not None:
        query = query.where(Automation.home_id == home_id)
    if scene_id is not None:
        query = query.where(Automation.scene_id == scene_id)
    if trigger is not None:
        query = query.where(Automation.trigger == trigger)
    if enabled is not None:
        query = query.where(Automation.enabled == enabled)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_rooms(session: Session, home_id: str | None = None, floor: int | None = None, limit: int = 50) -> list[Room]:
    """List rooms, optionally only those of one home or on one floor."""
    query = select(Room).order_by(Room.room_id)
    if home_id is not None:
        query = query.where(Room.home_id == home_id)
    if floor is not None:
        query = query.where(Room.floor == floor)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_scene_actions(
    session: Session,
    scene_id: str | None = None,
    device_id: str | None = None,
    limit: int = 50,
) -> list[SceneAction]:
    """List scene actions, optionally only those of one scene or with one device."""
    query = select(SceneAction).order_by(SceneAction.scene_action_id)
    if scene_id is not None:
        query = query.where(SceneAction.scene_id == scene_id)
    if device_id is not None:
        query = query.where(SceneAction.device_id == device_id)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_scenes(
    session: Session,
    home_id: str | None = None,
    favorite: bool | None = None,
    limit: int = 50,
) -> list[Scene]:
    """List scenes, optionally only those of one home or those on the first page."""
    query = select(Scene).order_by(Scene.scene_id)
    if home_id is not None:
        query = query.where(Scene.home_id == home_id)
    if favorite is not None:
        query = query.where(Scene.favorite == favorite)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def move_device(session: Session, device_id: str, room_id: str) -> Device:
    """Move a device to another room."""
    device = session.get(Device, device_id)
    if device is None:
        raise ToolError(f"device {device_id!r} not found")
    if device.status not in ("online", "offline"):
        raise ToolError(f"device {device_id!r} is {device.status!r}; it must be 'online' or 'offline'")
    if session.get(Room, room_id) is None:
        raise ToolError(f"room {room_id!r} not found")
    device.room_id = room_id
    session.add(device)
    return device


@write
def remove_scene_action(session: Session, scene_action_id: str) -> SceneAction:
    """Remove a device from a scene."""
    scene_action = session.get(SceneAction, scene_action_id)
    if scene_action is None:
        raise ToolError(f"scene action {scene_action_id!r} not found")
    session.delete(scene_action)
    return scene_action


@read
def search_devices(
    session: Session,
    query_: str | None = None,
    room_id: str | None = None,
    device_type: DeviceType | None = None,
    power_state: PowerState | None = None,
    max_battery_percent: int | None = None,
    status: DeviceStatus | None = None,
    limit: int = 50,
) -> list[Device]:
    """Search devices by name, room, kind, charge and status."""
    query = select(Device).order_by(Device.device_id)
    if query_ is not None:
        query = query.where(Device.name.icontains(query_, autoescape=True))
    if room_id is not None:
        query = query.where(Device.room_id == room_id)
    if device_type is not None:
        query = query.where(Device.device_type == device_type)
    if power_state is not None:
        query = query.where(Device.power_state == power_state)
    if max_battery_percent is not None:
        query = query.where(Device.battery_percent <= max_battery_percent)
    if status is not None:
        query = query.where(Device.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def set_device_level(session: Session, device_id: str, level: int) -> Device:
    """Set the brightness, opening or volume of a device."""
    device = session.get(Device, device_id)
    if device is None:
        raise ToolError(f"device {device_id!r} not found")
    if device.status != "online":
        raise ToolError(f"device {device_id!r} is {device.status!r}; it must be 'online'")
    device.level = level
    session.add(device)
    return device


@write
def set_home_mode(session: Session, home_id: str, status: HomeStatus) -> Home:
    """Put a home into another mode."""
    home = session.get(Home, home_id)
    if home is None:
        raise ToolError(f"home {home_id!r} not found")
    home.status = status
    session.add(home)
    return home


@write
def turn_device_off(session: Session, device_id: str) -> Device:
    """Switch a device off."""
    device = session.get(Device, device_id)
    if device is None:
        raise ToolError(f"device {device_id!r} not found")
    if device.status != "online":
        raise ToolError(f"device {device_id!r} is {device.status!r}; it must be 'online'")
    if device.power_state == "off":
        raise ToolError(f"device {device_id!r} is {device.power_state!r} already")
    device.power_state = "off"
    session.add(device)
    return device


@write
def turn_device_on(session: Session, device_id: str) -> Device:
    """Switch a device on."""
    device = session.get(Device, device_id)
    if device is None:
        raise ToolError(f"device {device_id!r} not found")
    if device.status != "online":
        raise ToolError(f"device {device_id!r} is {device.status!r}; it must be 'online'")
    if device.power_state == "on":
        raise ToolError(f"device {device_id!r} is {device.power_state!r} already")
    device.power_state = "on"
    session.add(device)
    return device
