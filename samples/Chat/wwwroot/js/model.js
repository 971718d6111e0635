// What the page knows. How it looks is not decided here.

const mostMessages = 500;

export const everyone = 'all';
export const keyOf = (kind, to) => (kind === 'all' ? everyone : `${kind}:${to}`);

export function createModel() {
  return {
    me: { id: null, name: null, server: null },
    state: 'connecting',
    /** From the server: [{ name, port, instance, people: [{ id, name, rooms }] }] */
    servers: [],
    talks: new Map([[everyone, newTalk('all', null, 'Everyone')]]),
    open: everyone,
  };
}

function newTalk(kind, to, title) {
  // "messages" holds the messages that are shown; "joined" says whether this window is in the room.
  return { key: keyOf(kind, to), kind, to, title, messages: [], unread: 0, draft: '', joined: kind !== 'room' };
}

export function talkWith(model, kind, to, title) {
  const key = keyOf(kind, to);
  if (!model.talks.has(key)) {
    model.talks.set(key, newTalk(kind, to, title));
  }

  return model.talks.get(key);
}

export function* people(servers) {
  for (const server of servers) {
    for (const person of server.people) {
      yield { ...person, server: server.name };
    }
  }
}

export const findPerson = (model, id) => [...people(model.servers)].find(person => person.id === id) ?? null;

/** How many people are in each room, over all servers. */
export function roomCounts(model) {
  const counts = new Map();
  for (const person of people(model.servers)) {
    for (const room of person.rooms) {
      counts.set(room, (counts.get(room) ?? 0) + 1);
    }
  }

  return counts;
}

/** Adds a message and drops the oldest, so that a window can stay open for days. */
export function addMessage(talk, message) {
  talk.messages.push(message);
  return talk.messages.length > mostMessages ? talk.messages.shift() : null;
}

/**
 * My message that came back: the oldest one with the same text that waits, or else that seemed to have failed.
 */
export const findPending = (talk, text) => {
  const same = talk.messages.filter(message => message.text === text);
  return same.find(message => message.pending) ?? same.find(message => message.failed) ?? null;
};

/** Describes in words what changed between two states of the farm. */
export function changes(before, after, myId) {
  const notes = [];
  const instances = servers => new Map(servers.map(server => [server.instance, server]));
  const [oldServers, newServers] = [instances(before), instances(after)];
  const [oldPeople, newPeople] = [before, after].map(servers => new Map([...people(servers)].map(person => [person.id, person])));

  for (const [instance, server] of newServers) {
    if (!oldServers.has(instance)) {
      notes.push({ server: server.name, text: `Server ${server.name} is here` });
    }
  }

  for (const [id, person] of newPeople) {
    const old = oldPeople.get(id);
    if (id === myId) {
      continue;
    }

    if (!old) {
      notes.push({ server: person.server, text: `${person.name} joined on ${person.server}` });
    } else if (old.name !== person.name) {
      notes.push({ server: person.server, text: `${old.name} is now ${person.name}` });
    }
  }

  for (const [id, person] of oldPeople) {
    if (!newPeople.has(id) && id !== myId) {
      notes.push({ server: person.server, text: `${person.name} left` });
    }
  }

  for (const [instance, server] of oldServers) {
    if (!newServers.has(instance)) {
      notes.push({ server: server.name, text: `Server ${server.name} is gone` });
    }
  }

  return notes;
}
