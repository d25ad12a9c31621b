# Signs the files that are named, or says that it doesn't: sign.ps1 FILE...
#
#   WINDOWS_CERTIFICATE            base64 of a .pfx with the certificate and its key; without it nothing is signed
#   WINDOWS_CERTIFICATE_PASSWORD   of the .pfx
#   WINDOWS_TIMESTAMP_URL          RFC 3161 server: what it stamps stays valid when the certificate has expired
#
# A certificate whose key can't leave a hardware module needs the tool of its vendor instead: here is the place.
$ErrorActionPreference = "Stop"

if (-not $env:WINDOWS_CERTIFICATE) {
    Write-Host "Not signed, WINDOWS_CERTIFICATE is not set: $args"
    exit 0
}
if (-not $env:WINDOWS_TIMESTAMP_URL) { throw "WINDOWS_TIMESTAMP_URL is not set." }

# The SDK is not on PATH; the highest version is the last one.
$tool = Get-ChildItem "${env:ProgramFiles(x86)}\Windows Kits\10\bin\10.*\x64\signtool.exe" |
    Sort-Object { [version]$_.Directory.Parent.Name } | Select-Object -Last 1
if (-not $tool) { throw "signtool.exe is missing: install the Windows SDK." }

$certificate = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName() + ".pfx")
try {
    [IO.File]::WriteAllBytes($certificate, [Convert]::FromBase64String($env:WINDOWS_CERTIFICATE))
    & $tool.FullName sign /fd SHA256 /td SHA256 /tr $env:WINDOWS_TIMESTAMP_URL /d "Mail Admin" `
        /f $certificate /p $env:WINDOWS_CERTIFICATE_PASSWORD @args
    if ($LASTEXITCODE -ne 0) { throw "signtool failed with code $LASTEXITCODE." }
} finally {
    Remove-Item -Force -ErrorAction SilentlyContinue $certificate
}
