; The Windows installer, for one user and without administrator rights. Compiled by make_installer.py, which
; hands over:
;   BUNDLE        folder with "Mail Admin.exe", mailadmin.exe and what they need
;   FILES         include with the macros RemoveFiles and RemoveFolders: a line for each in BUNDLE
;   ICON          the .ico
;   LICENSE       the licence's text
;   OUTPUT        the installer to write
;   VERSION       as people see it, such as 1.2.0rc1
;   NUMBERS       as Windows compares it, such as 1.2.0.0
;   SIZE          kilobytes of BUNDLE
;   SIGN          optional: a command that signs the file named by its last argument
;
; Options of the installer: /S (silent), /D=FOLDER (the last one, without quotes), and for the choices /desktop=1,
; /path=1, /eml=0. Exit codes: 0 done, 1 cancelled, 2 failed, 3 Mail Admin is running, 4 a newer version is there,
; 5 this Windows is too old.

Unicode true
SetCompressor /SOLID lzma
RequestExecutionLevel user
ManifestDPIAware true
CRCCheck on
AllowSkipFiles off ; a file that was left out would be a broken program

!include LogicLib.nsh
!include MUI2.nsh
!include FileFunc.nsh
!include Sections.nsh
!include WordFunc.nsh
!include WinMessages.nsh
!include WinVer.nsh
!include x64.nsh
!include "${__FILEDIR__}\user-path.nsh"
!include "${FILES}"

!define NAME "Mail Admin"
!define PUBLISHER "Mail Admin contributors"
!define WINDOW_PROGRAM "Mail Admin.exe"
!define COMMAND_PROGRAM "mailadmin.exe"
!define UNINSTALLER "Uninstall.exe"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\org.mailadmin.MailAdmin"
!define PROG_ID "MailAdmin.Message"
!define CLASSES "Software\Classes"
; A verb below SystemFileAssociations is in the menu of every .eml file, whichever program opens these by default.
!define EML "${CLASSES}\SystemFileAssociations\.eml"

!define EXIT_RUNNING 3
!define EXIT_NEWER 4
!define EXIT_SYSTEM 5

Name "${NAME}"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"
BrandingText "${NAME} ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow

VIProductVersion "${NUMBERS}"
VIFileVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${NAME} Setup"
VIAddVersionKey "CompanyName" "${PUBLISHER}"
VIAddVersionKey "LegalCopyright" "${PUBLISHER}, MIT licence"

!ifdef SIGN
    !uninstfinalize '${SIGN} "%1"' = 0
    !finalize '${SIGN} "%1"' = 0
!endif

Var Update ; the version that is replaced; empty: a first installation

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_COMPONENTSPAGE_SMALLDESC ; else the names are cut off

!insertmacro MUI_PAGE_LICENSE "${LICENSE}"
!insertmacro MUI_PAGE_COMPONENTS
!define MUI_PAGE_CUSTOMFUNCTION_PRE SkipForUpdate
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_RUN "$INSTDIR\${WINDOW_PROGRAM}"
!define MUI_FINISHPAGE_NOAUTOCLOSE
!insertmacro MUI_PAGE_FINISH

!define MUI_UNCONFIRMPAGE_TEXT_TOP "${NAME} will be removed from this computer. Your providers, the queue and the log \
    stay where they are, in $\r$\n$LOCALAPPDATA\mailadmin$\r$\nMail that waits there is not sent any more."
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!define MUI_FINISHPAGE_TEXT "${NAME} was removed.$\r$\n$\r$\nYour providers, the queue and the log are still in \
    $\r$\n$LOCALAPPDATA\mailadmin$\r$\n$\r$\nDelete this folder if you don't want them any more. Passwords are in \
    Credential Manager, under Windows Credentials."
!insertmacro MUI_UNPAGE_FINISH

!insertmacro MUI_LANGUAGE "English"

; Windows lets nobody write to a program that runs.
!macro StopIfRunning PROGRAM
    ${If} ${FileExists} "$INSTDIR\${PROGRAM}"
        ${Do}
            ClearErrors
            FileOpen $0 "$INSTDIR\${PROGRAM}" a
            ${IfNot} ${Errors}
                FileClose $0
                ${Break}
            ${EndIf}
            ${If} ${Cmd} `MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "${NAME} is running. Close its window, and stop \
                    $\"mailadmin send$\" if you have started that; then choose Retry. Mail that waits in the queue is \
                    kept." /SD IDCANCEL IDCANCEL`
                SetErrorLevel ${EXIT_RUNNING}
                Quit
            ${EndIf}
        ${Loop}
    ${EndIf}
!macroend

; Explorer looks again at what opens which files.
!macro TellShell
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)' ; SHCNE_ASSOCCHANGED
!macroend

!macro RemoveVerb
    DeleteRegKey HKCU "${CLASSES}\${PROG_ID}"
    DeleteRegValue HKCU "${CLASSES}\.eml\OpenWithProgids" "${PROG_ID}"
    DeleteRegKey HKCU "${EML}\shell\${PROG_ID}"
    ; Keys that only we needed, as they were before.
    DeleteRegKey /ifempty HKCU "${CLASSES}\.eml\OpenWithProgids"
    DeleteRegKey /ifempty HKCU "${CLASSES}\.eml"
    DeleteRegKey /ifempty HKCU "${EML}\shell"
    DeleteRegKey /ifempty HKCU "${EML}"
!macroend

; Only what this installer added: somebody may have written the folder into PATH by hand.
!macro RemoveFromPathIfOurs un
    ReadRegDWORD $0 HKCU "${UNINSTALL_KEY}" "OnPath"
    ${If} $0 = 1
        Push $INSTDIR
        Call ${un}RemoveFromUserPath
        Pop $0
        DeleteRegValue HKCU "${UNINSTALL_KEY}" "OnPath"
    ${EndIf}
!macroend

!macro ChooseByOption OPTION SECTION
    ${GetParameters} $0
    ${GetOptions} "$0" "${OPTION}" $1
    ${If} $1 == 1
        !insertmacro SelectSection ${SECTION}
    ${ElseIf} $1 == 0
        !insertmacro UnselectSection ${SECTION}
    ${EndIf}
!macroend

Function SkipForUpdate
    ${If} $Update != ""
        Abort ; the page, not the installer
    ${EndIf}
FunctionEnd

Section "${NAME}" SectionProgram
    SectionIn RO
    !insertmacro StopIfRunning "${WINDOW_PROGRAM}"
    !insertmacro StopIfRunning "${COMMAND_PROGRAM}"
    ${If} $Update != ""
        ; The uninstaller of the old version knows which files are its own.
        DetailPrint "Removing version $Update"
        ReadRegStr $0 HKCU "${UNINSTALL_KEY}" "Uninstaller"
        ExecWait '"$0" /S /update _?=$INSTDIR' $1
        ${If} $1 != 0
            MessageBox MB_OK|MB_ICONSTOP "Version $Update could not be removed. Restart Windows and run this again." \
                /SD IDOK
            Abort
        ${EndIf}
    ${EndIf}

    SetOutPath "$INSTDIR"
    File /r "${BUNDLE}\*"
    WriteUninstaller "$INSTDIR\${UNINSTALLER}"
    CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${WINDOW_PROGRAM}"

    ; What "Apps & features" shows. Our own values: Numbers, Uninstaller.
    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "${NAME}"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\${WINDOW_PROGRAM}"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "${PUBLISHER}"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\${UNINSTALLER}"'
    WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\${UNINSTALLER}" /S'
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" ${SIZE}
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
    WriteRegStr HKCU "${UNINSTALL_KEY}" "Numbers" "${NUMBERS}"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "Uninstaller" "$INSTDIR\${UNINSTALLER}"
SectionEnd

Section "Queue with ${NAME} in the menu of .eml files" SectionEml
    WriteRegStr HKCU "${CLASSES}\${PROG_ID}" "" "Email message"
    WriteRegStr HKCU "${CLASSES}\${PROG_ID}\DefaultIcon" "" "$INSTDIR\${WINDOW_PROGRAM},0"
    WriteRegStr HKCU "${CLASSES}\${PROG_ID}\shell\open" "FriendlyAppName" "${NAME}"
    WriteRegStr HKCU "${CLASSES}\${PROG_ID}\shell\open\command" "" '"$INSTDIR\${WINDOW_PROGRAM}" open "%1"'
    ; Offered under "Open with"; the program that opens .eml files now stays the one that does.
    WriteRegNone HKCU "${CLASSES}\.eml\OpenWithProgids" "${PROG_ID}"
    WriteRegStr HKCU "${EML}\shell\${PROG_ID}" "" "Queue with ${NAME}"
    WriteRegStr HKCU "${EML}\shell\${PROG_ID}" "Icon" "$INSTDIR\${WINDOW_PROGRAM},0"
    WriteRegStr HKCU "${EML}\shell\${PROG_ID}\command" "" '"$INSTDIR\${WINDOW_PROGRAM}" open "%1"'
SectionEnd

Section /o "Icon on the desktop" SectionDesktop
    CreateShortcut "$DESKTOP\${NAME}.lnk" "$INSTDIR\${WINDOW_PROGRAM}"
SectionEnd

Section /o "Command mailadmin in new terminals (PATH)" SectionPath
    ReadRegDWORD $0 HKCU "${UNINSTALL_KEY}" "OnPath"
    ${If} $0 <> 1
        Push $INSTDIR
        Call AddToUserPath
        Pop $0 ; 1: it was added by us, and is ours to remove
        WriteRegDWORD HKCU "${UNINSTALL_KEY}" "OnPath" $0
    ${EndIf}
SectionEnd

; Takes away what an update deselected.
Section "-Deselected"
    ${IfNot} ${SectionIsSelected} ${SectionEml}
        !insertmacro RemoveVerb
    ${EndIf}
    ${IfNot} ${SectionIsSelected} ${SectionDesktop}
        Delete "$DESKTOP\${NAME}.lnk"
    ${EndIf}
    ${IfNot} ${SectionIsSelected} ${SectionPath}
        !insertmacro RemoveFromPathIfOurs ""
    ${EndIf}
    !insertmacro TellShell
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
    !insertmacro MUI_DESCRIPTION_TEXT ${SectionProgram} "The program, its command line and an entry in the Start menu."
    !insertmacro MUI_DESCRIPTION_TEXT ${SectionEml} "A click with the right button on a saved email hands it to \
        ${NAME}. What opens such files by a double-click stays as it is."
    !insertmacro MUI_DESCRIPTION_TEXT ${SectionDesktop} "A shortcut on your desktop."
    !insertmacro MUI_DESCRIPTION_TEXT ${SectionPath} "Adds the program's folder to your own PATH."
!insertmacro MUI_FUNCTION_DESCRIPTION_END

Function .onInit
    ${IfNot} ${AtLeastWin10}
    ${OrIf} ${IsNativeIA32}
        MessageBox MB_OK|MB_ICONSTOP "${NAME} needs 64-bit Windows 10 or later." /SD IDOK
        SetErrorLevel ${EXIT_SYSTEM}
        Quit
    ${EndIf}

    ReadRegStr $0 HKCU "${UNINSTALL_KEY}" "Uninstaller"
    ${If} $0 != ""
    ${AndIf} ${FileExists} "$0"
        ReadRegStr $Update HKCU "${UNINSTALL_KEY}" "DisplayVersion"
        ReadRegStr $1 HKCU "${UNINSTALL_KEY}" "Numbers"
        ${VersionCompare} "$1" "${NUMBERS}" $2
        ${If} $2 = 1
            MessageBox MB_OK|MB_ICONSTOP "${NAME} $Update is installed. This is the older version ${VERSION}, which \
                can't read a newer database; nothing was changed." /SD IDOK
            SetErrorLevel ${EXIT_NEWER}
            Quit
        ${EndIf}
        ; An update stays where the program is, and keeps what was chosen.
        ReadRegStr $INSTDIR HKCU "${UNINSTALL_KEY}" "InstallLocation"
        ReadRegStr $0 HKCU "${EML}\shell\${PROG_ID}" ""
        ${If} $0 == ""
            !insertmacro UnselectSection ${SectionEml}
        ${EndIf}
        ${If} ${FileExists} "$DESKTOP\${NAME}.lnk"
            !insertmacro SelectSection ${SectionDesktop}
        ${EndIf}
        ReadRegDWORD $0 HKCU "${UNINSTALL_KEY}" "OnPath"
        ${If} $0 = 1
            !insertmacro SelectSection ${SectionPath}
        ${EndIf}
    ${EndIf}

    !insertmacro ChooseByOption "/eml=" ${SectionEml}
    !insertmacro ChooseByOption "/desktop=" ${SectionDesktop}
    !insertmacro ChooseByOption "/path=" ${SectionPath}
FunctionEnd

; With /update (by the installer of another version) only the program's files go.
Section "Uninstall"
    !insertmacro StopIfRunning "${WINDOW_PROGRAM}"
    !insertmacro StopIfRunning "${COMMAND_PROGRAM}"
    SetOutPath "$TEMP" ; a folder that a program works in can't be removed
    ClearErrors
    !insertmacro RemoveFiles
    ${If} ${Errors}
        MessageBox MB_OK|MB_ICONSTOP "Some files of ${NAME} are in use. Restart Windows and try again." /SD IDOK
        SetErrorLevel 2
        Quit
    ${EndIf}
    !insertmacro RemoveFolders

    ${GetParameters} $0
    ClearErrors
    ${GetOptions} "$0" "/update" $1
    ${If} ${Errors}
        Delete "$SMPROGRAMS\${NAME}.lnk"
        Delete "$DESKTOP\${NAME}.lnk"
        !insertmacro RemoveVerb
        !insertmacro RemoveFromPathIfOurs "un."
        !insertmacro TellShell
        DeleteRegKey HKCU "${UNINSTALL_KEY}"
        Delete "$INSTDIR\${UNINSTALLER}"
        RMDir "$INSTDIR" ; stays if somebody keeps other files there
    ${EndIf}
SectionEnd
