//go:build !race

package redial_test

const raceEnabled = false
