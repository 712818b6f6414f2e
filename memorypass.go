package sluice

import "context"

// lockFor locks mu and says whether r makes what is held due. ShouldFlush is the
// program's, and asked without mu: if others were faster, it is asked again.
func (m *Memory) lockFor(r *Record) (due bool) {
	m.mu.Lock()
	if m.rule == nil {
		return m.held.n+1 >= m.capacity || r.Level >= m.level
	}
	for told := 0; !due && m.held.n+1 > told; {
		told = m.held.n + 1
		m.mu.Unlock()
		due = m.rule(told, r)
		m.mu.Lock()
	}
	return due
}

// bound is how many records may be held. The caller holds mu.
func (m *Memory) bound() int { return max(m.limit, m.capacity, 1) }

// hold makes room for r and adds it. The caller holds mu.
func (m *Memory) hold(r *Record) {
	for m.held.n >= m.bound() {
		m.held.drop()
		m.dropped[reasonFull]++
	}
	m.add(r)
}

func (m *Memory) add(r *Record) {
	m.accepted++
	m.held.push(r, 0)
}

// pass hands on what is held, with r behind it if that is not held yet.
func (m *Memory) pass(ctx context.Context, r *Record) error {
	inside, _ := m.begin(nil)
	if inside {
		return m.nest(r)
	}
	defer m.leave()
	if r != nil {
		m.mu.Lock()
		switch {
		case m.closed:
			m.mu.Unlock()
			return ErrClosed
		case m.target == nil:
			m.hold(r)
		default:
			m.add(r) // one too many until the first has gone
		}
		m.mu.Unlock()
	}
	return m.drain(ctx, nil)
}

// nest is for what the target itself logs, or asks to be flushed.
func (m *Memory) nest(r *Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r != nil {
		if m.closed {
			return ErrClosed
		}
		m.hold(r)
	}
	m.again = true
	return nil
}

// drain hands on what is held now, until done, and then once more if the target
// logged something that is due: only once, or a target that logs about each record
// would be at it for ever.
func (m *Memory) drain(ctx context.Context, done <-chan struct{}) error {
	var errs lostRecords
	for nested := range 2 {
		m.mu.Lock()
		left := m.held.n
		if nested == 1 && !m.again {
			left = 0
		}
		m.again = false
		m.mu.Unlock()
		m.run(ctx, &errs, func(out *Record) bool {
			// Fewer may be held than there were: the oldest may have been dropped.
			if left = min(left, m.held.n); left == 0 || m.target == nil || isDone(done) {
				return false
			}
			left--
			m.held.pop(out)
			return true
		})
	}
	return errs.join()
}

func isDone(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// leave ends the turn; what a closed Memory still holds has nowhere to go.
func (m *Memory) leave() {
	m.mu.Lock()
	if m.closed {
		if n := m.held.n; n > 0 {
			m.dropped[reasonClosed] += uint64(n)
		}
		m.held = recordRing{}
		m.target = nil
	}
	m.held.trim(m.capacity)
	m.mu.Unlock()
	m.end()
}
