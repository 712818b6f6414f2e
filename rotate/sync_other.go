//go:build !linux

package rotate

// SyncData is Sync: that is what makes data durable on all systems.
func (f osFile) SyncData() error { return f.Sync() }
