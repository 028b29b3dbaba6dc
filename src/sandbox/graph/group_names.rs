//! How groups are found and told apart: ids, unique names, nicknames.
//!
//! Knows nothing of requests.

use tokio::time::Instant;

use crate::sandbox::directory::{Kind, Slot};
use crate::sandbox::refusal;
use crate::sandbox::scenario::{Group, is_uuid};
use crate::sandbox::wire::Answer;
use crate::sandbox::world::World;

/// The group with this id or unique name; an id that is no UUID is refused.
pub(super) fn find(world: &World, key: &str) -> Result<Option<Slot>, Answer> {
    if let Some(name) = key.strip_prefix("uniqueName=") {
        let now = Instant::now();
        let named = |slot: &Slot| {
            world.directory.get(*slot).is_some_and(|object| {
                let unique = object
                    .as_group()
                    .and_then(|state| state.group.unique_name.as_deref());
                object.is_visible(now)
                    && unique.is_some_and(|unique| unique.eq_ignore_ascii_case(name))
            })
        };
        return Ok(world
            .directory
            .of_kind(Kind::Group)
            .iter()
            .copied()
            .find(named));
    }
    if !is_uuid(key) {
        return Err(refusal::bad_request(&format!(
            "Invalid object identifier '{key}'."
        )));
    }
    Ok(world.directory.find_kind(key, Kind::Group))
}

/// The key as messages show it.
pub(super) fn shown(key: &str) -> &str {
    key.strip_prefix("uniqueName=").unwrap_or(key)
}

/// A nickname stays taken while its group can still be restored.
pub(super) fn refuse_taken_nickname(
    world: &World,
    group: &Group,
    besides: Option<Slot>,
) -> Result<(), Answer> {
    let taken = nickname_holder(world, group.mail_nickname.as_deref())
        .is_some_and(|slot| Some(slot) != besides);
    if taken {
        Err(refusal::name_taken("mailNickname"))
    } else {
        Ok(())
    }
}

/// The group that has this nickname.
pub(super) fn nickname_holder(world: &World, nickname: Option<&str>) -> Option<Slot> {
    let nickname = nickname?;
    others(world).find_map(|(slot, other)| {
        other
            .mail_nickname
            .as_deref()
            .is_some_and(|taken| taken.eq_ignore_ascii_case(nickname))
            .then_some(slot)
    })
}

/// As for nicknames.
pub(super) fn refuse_taken_unique_name(world: &World, group: &Group) -> Result<(), Answer> {
    let Some(name) = group.unique_name.as_deref() else {
        return Ok(());
    };
    let taken = others(world).any(|(_, other)| {
        other
            .unique_name
            .as_deref()
            .is_some_and(|taken| taken.eq_ignore_ascii_case(name))
    });
    if taken {
        Err(refusal::name_taken("uniqueName"))
    } else {
        Ok(())
    }
}

/// All groups that hold their names, softly deleted ones included.
fn others(world: &World) -> impl Iterator<Item = (Slot, &Group)> {
    world
        .directory
        .of_kind(Kind::Group)
        .iter()
        .filter_map(|slot| {
            let object = world
                .directory
                .get(*slot)
                .filter(|object| object.deleted.is_none_or(|gone| !gone.for_good))?;
            Some((*slot, &object.as_group()?.group))
        })
}
