// The left side: who I am, the conversations, and the drawer that holds them on a phone.

import { becomeAll, byId, hueOf, icon, initial, make } from './dom.js';
import { everyone, findPerson, people, roomCounts } from './model.js';

const phone = window.matchMedia('(max-width: 52rem)');

export function showMe(model) {
  const { name, server } = model.me;
  byId('me-avatar').textContent = name ? initial(name) : '';
  byId('me-name').textContent = name ?? '…';
  byId('me-server').textContent = `on server ${server ?? window.location.port}`;
}

export function showSide(model, actions) {
  const counts = roomCounts(model);
  const talks = [...model.talks.values()];
  const others = [...counts.keys()].filter(room => !talks.some(talk => talk.kind === 'room' && talk.to === room)).sort();
  const rank = { all: 0, room: 1, person: 2 };
  const rows = talks
    .sort((one, other) => rank[one.kind] - rank[other.kind] || one.title.localeCompare(other.title))
    .map(({ key, kind, to, title, unread }) => ({
      key, kind, title, unread,
      current: key === model.open,
      count: key === everyone ? [...people(model.servers)].length : counts.get(to) ?? 0,
      server: kind === 'person' ? findPerson(model, to)?.server ?? null : null,
    }));
  rows.push(...others.map(room => ({ room, count: counts.get(room) })));
  showList(byId('talks'), rows, row => (row.room
    ? make('li', { 'data-key': `enter:${row.room}` }, otherRoom(row, actions))
    : make('li', { 'data-key': row.key }, talkRow(row, actions))));

  const unread = talks.reduce((sum, talk) => sum + talk.unread, 0);
  byId('unread-elsewhere').hidden = unread === 0;
  byId('unread-elsewhere').textContent = unread > 99 ? '99+' : String(unread);
}

function talkRow({ key, kind, title, unread, current, count, server }, actions) {
  const picture = kind === 'person'
    ? make('span', { class: 'avatar small', 'data-hue': server ? hueOf(server) : null, 'aria-hidden': 'true' }, initial(title))
    : make('span', { class: 'talk-icon' }, icon(kind === 'all' ? 'everyone' : 'room'));
  const detail = kind === 'person' ? (server ? '' : 'left') : String(count);
  const act = () => actions.open(key);
  return make('button', { class: 'talk-row', type: 'button', 'data-talk': key, 'aria-current': current ? 'true' : null, onclick: act },
    picture,
    make('span', { class: 'talk-title', dir: 'auto' }, title),
    unread > 0
      ? make('span', { class: 'badge' }, unread > 99 ? '99+' : String(unread), make('span', { class: 'sr-only' }, ' unread'))
      : make('span', { class: 'talk-count' }, detail));
}

/** A room that other people are in. */
function otherRoom({ room, count }, actions) {
  const act = () => actions.enterRoom(room);
  return make('button', { class: 'talk-row other', type: 'button', 'data-room': room, title: 'Enter this room', onclick: act },
    make('span', { class: 'talk-icon' }, icon('room')),
    make('span', { class: 'talk-title', dir: 'auto' }, room),
    make('span', { class: 'talk-count' }, `${count} in it`));
}

const shownRows = new WeakMap();

/** Updates a list, if it does not show this yet. */
export function showList(list, rows, makeItem) {
  const shown = JSON.stringify(rows);
  if (shownRows.get(list) === shown) {
    return;
  }

  shownRows.set(list, shown);
  const focused = document.activeElement;
  becomeAll(list, rows.map(makeItem));
  // An element that had to be moved lost the focus.
  if (focused !== document.activeElement && list.contains(focused)) {
    focused.focus();
  }
}

export function watchSide(actions) {
  byId('me').addEventListener('click', () => actions.rename());
  byId('open-side').addEventListener('click', openSide);
  byId('close-side').addEventListener('click', closeSide);
  byId('curtain').addEventListener('click', closeSide);
  phone.addEventListener('change', closeSide);
  document.addEventListener('keydown', event => {
    if (event.key === 'Escape') {
      closeSide();
    }
  });
  byId('room-form').addEventListener('submit', event => {
    event.preventDefault();
    const field = byId('room-name');
    const room = field.value.trim();
    if (room) {
      field.value = '';
      actions.enterRoom(room);
    }
  });
  closeSide();
}

function openSide() {
  byId('side').classList.add('is-open');
  byId('side').inert = false;
  byId('curtain').hidden = false;
  byId('open-side').setAttribute('aria-expanded', 'true');
  byId('close-side').focus();
}

export function closeSide() {
  const wasOpen = byId('side').classList.contains('is-open');
  byId('side').classList.remove('is-open');
  // On a phone, what is not visible must not be reachable by keyboard.
  byId('side').inert = phone.matches;
  byId('curtain').hidden = true;
  byId('open-side').setAttribute('aria-expanded', 'false');
  if (wasOpen && phone.matches) {
    byId('open-side').focus();
  }
}
