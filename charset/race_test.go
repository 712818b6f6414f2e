//go:build race

package charset

// raceEnabled: under the race detector a sync.Pool drops things at random.
const raceEnabled = true
