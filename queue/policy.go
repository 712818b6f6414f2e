package queue

import "fmt"

// Policy is what a full Ring does with one more record.
type Policy int

const (
	// Block waits for room: as long as it takes, or for RingOptions.Wait.
	Block Policy = iota
	// DropNewest drops the record at hand, as Python's put_nowait.
	DropNewest
	// DropOldest drops the oldest record that waits.
	DropOldest
)

// String gives the policy's name, as a configuration has it.
func (p Policy) String() string {
	switch p {
	case Block:
		return "block"
	case DropNewest:
		return "drop_newest"
	case DropOldest:
		return "drop_oldest"
	}
	return fmt.Sprintf("Policy(%d)", int(p))
}

// MarshalText gives the policy's name.
func (p Policy) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText accepts block, drop_newest and drop_oldest.
func (p *Policy) UnmarshalText(text []byte) error {
	for _, known := range []Policy{Block, DropNewest, DropOldest} {
		if string(text) == known.String() {
			*p = known
			return nil
		}
	}
	return fmt.Errorf("policy %q: want block, drop_newest or drop_oldest", text)
}
