// The left side: who I am, the conversations, and on a phone the drawer that they are in.

import { byId, hueOf, icon, initial, make } from './dom.js';
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
    .map(talk => row({
      talk,
      current: talk.key === model.open,
      count: talk.key === everyone ? [...people(model.servers)].length : counts.get(talk.to) ?? 0,
      person: talk.kind === 'person' ? findPerson(model, talk.to) : null,
      act: () => actions.open(talk.key),
    }));
  rows.push(...others.map(room => make('li', {},
    make('button', { class: 'talk-row other', type: 'button', 'data-room': room, title: 'Enter this room', onclick: () => actions.enterRoom(room) },
      make('span', { class: 'talk-icon' }, icon('room')),
      make('span', { class: 'talk-title', dir: 'auto' }, room),
      make('span', { class: 'talk-count' }, `${counts.get(room)} in it`)))));
  keepFocus(byId('talks'), () => byId('talks').replaceChildren(...rows));

  const unread = talks.reduce((sum, talk) => sum + talk.unread, 0);
  byId('unread-elsewhere').hidden = unread === 0;
  byId('unread-elsewhere').textContent = unread > 99 ? '99+' : String(unread);
}

function row({ talk, current, count, person, act }) {
  const picture = talk.kind === 'person'
    ? make('span', { class: 'avatar small', 'data-hue': person ? hueOf(person.server) : null, 'aria-hidden': 'true' }, initial(talk.title))
    : make('span', { class: 'talk-icon' }, icon(talk.kind === 'all' ? 'everyone' : 'room'));
  const detail = talk.kind === 'person' ? (person ? '' : 'left') : String(count);
  return make('li', {},
    make('button', { class: 'talk-row', type: 'button', 'data-talk': talk.key, 'aria-current': current ? 'true' : null, onclick: act },
      picture,
      make('span', { class: 'talk-title', dir: 'auto' }, talk.title),
      talk.unread > 0
        ? make('span', { class: 'badge' }, talk.unread > 99 ? '99+' : String(talk.unread), make('span', { class: 'sr-only' }, ' unread'))
        : make('span', { class: 'talk-count' }, detail)));
}

/** The list is made anew; whoever was on one of its buttons stays there. */
export function keepFocus(list, change) {
  const focused = list.contains(document.activeElement) ? { ...document.activeElement.dataset } : null;
  change();
  if (focused) {
    const [name, value] = Object.entries(focused)[0] ?? [];
    [...list.querySelectorAll('button')].find(button => name && button.dataset[name] === value)?.focus();
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
  // Out of sight is out of reach, on a phone.
  byId('side').inert = phone.matches;
  byId('curtain').hidden = true;
  byId('open-side').setAttribute('aria-expanded', 'false');
  if (wasOpen && phone.matches) {
    byId('open-side').focus();
  }
}
