package sluice

// tracks are the records that a FlightRecorder keeps, by key.
type tracks struct {
	byKey map[string]*track
	ends  track    // next is the track used last, prev the one used longest ago
	spare []*track // empty ones, to be used again
	kept  int      // records of byKey
	bytes int      // theirs
	away  int      // records of a track that was removed and is not released
}

// track holds the records of one key.
type track struct {
	recordRing
	key        string
	prev, next *track
	bytes      int
}

func (k *tracks) init() {
	k.byKey = map[string]*track{}
	k.ends.prev, k.ends.next = &k.ends, &k.ends
}

// held is the number of records.
func (k *tracks) held() int { return k.kept + k.away }

// use gives the track of key, as the one used last.
func (k *tracks) use(key string) *track {
	t := k.byKey[key]
	if t != nil {
		t.unlink()
	} else {
		t = k.empty()
		t.key = key
		k.byKey[key] = t
	}
	t.prev, t.next = &k.ends, k.ends.next
	t.prev.next, t.next.prev = t, t
	return t
}

// empty gives a track without records.
func (k *tracks) empty() *track {
	n := len(k.spare)
	if n == 0 {
		return &track{}
	}
	t := k.spare[n-1]
	k.spare = k.spare[:n-1]
	return t
}

// last gives the track that was used longest ago; nil: there is none.
func (k *tracks) last() *track {
	if k.ends.prev == &k.ends {
		return nil
	}
	return k.ends.prev
}

// add adds a copy of r, of size bytes, to t.
func (k *tracks) add(t *track, r *Record, size int) {
	t.push(r, size)
	t.bytes += size
	k.bytes += size
	k.kept++
}

// drop drops the oldest record of t.
func (k *tracks) drop(t *track) {
	size := t.drop()
	t.bytes -= size
	k.bytes -= size
	k.kept--
}

// remove takes t, which may be nil, out of the tracks, with its records.
func (k *tracks) remove(t *track) *track {
	if t == nil {
		return k.empty()
	}
	delete(k.byKey, t.key)
	t.unlink()
	k.kept -= t.n
	k.away += t.n
	k.bytes -= t.bytes
	return t
}

// release takes back a track that was removed, and drops its records.
func (k *tracks) release(t *track) {
	const most = 4 // at most one is away while another is pushed out
	k.away -= t.n
	for t.n > 0 {
		t.drop()
	}
	t.key, t.bytes = "", 0
	if len(k.spare) < most {
		k.spare = append(k.spare, t)
	}
}

func (t *track) unlink() {
	t.prev.next, t.next.prev = t.next, t.prev
	t.prev, t.next = nil, nil
}
