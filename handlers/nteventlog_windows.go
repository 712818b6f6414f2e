package handlers

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// openEventLog registers the source as pywin32's AddSourceToRegistry does, and returns
// what reports an event. (handlers.py: NTEventLogHandler.__init__)
func openEventLog(appname, logtype, dllname string) (func(event) error, error) {
	source, err := windows.UTF16PtrFromString(appname)
	if err != nil {
		return nil, fmt.Errorf("appname %q: %w", appname, err)
	}
	err = addSource(`SYSTEM\CurrentControlSet\Services\EventLog\`+logtype+`\`+appname, dllname)
	// Who may not register a source may use one that is there.
	if err != nil && !errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return nil, fmt.Errorf("register event source %q: %w", appname, err)
	}
	return func(e event) error { return report(source, e) }, nil
}

func addSource(path, dllname string) error {
	key, _, err := registry.CreateKey(registry.LOCAL_MACHINE, path, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	const types = uint32(EventError | EventWarning | EventInformation)
	if err := key.SetExpandStringValue("EventMessageFile", dllname); err != nil {
		return err
	}
	return key.SetDWordValue("TypesSupported", types)
}

// report opens the log for each event, as pywin32's ReportEvent does: the service
// behind it may be started again at any time.
func report(source *uint16, e event) error {
	text, err := windows.UTF16PtrFromString(e.text)
	if err != nil {
		return err
	}
	log, err := windows.RegisterEventSource(nil, source)
	if err != nil {
		return err
	}
	defer windows.DeregisterEventSource(log) //nolint:errcheck // the event is reported
	return windows.ReportEvent(log, uint16(e.kind), e.category, e.id, 0, 1, 0, &text, nil)
}
